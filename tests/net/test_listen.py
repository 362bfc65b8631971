"""Listening addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.net.errors import BadAddress
from responder.net.listen import (
    BOTH_FAMILIES,
    OFFERED,
    Listen,
    default_port,
    parse_listen,
    write_address,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp:0.0.0.0:5060", Listen("udp", "0.0.0.0", 5060)),
        ("tcp:[::1]:5080", Listen("tcp", "::1", 5080)),
        ("TCP:127.0.0.1", Listen("tcp", "127.0.0.1", 5060)),
        ("udp:5070", Listen("udp", BOTH_FAMILIES, 5070)),
        ("udp::5070", Listen("udp", BOTH_FAMILIES, 5070)),
        ("udp:*:5070", Listen("udp", BOTH_FAMILIES, 5070)),
        ("tcp", Listen("tcp", BOTH_FAMILIES, 5060)),
        ("tcp:", Listen("tcp", BOTH_FAMILIES, 5060)),
        ("*", Listen("udp", BOTH_FAMILIES, 5060)),
        ("127.0.0.1:5060", Listen("udp", "127.0.0.1", 5060)),
        ("127.0.0.1", Listen("udp", "127.0.0.1", 5060)),
        (" 5070 ", Listen("udp", BOTH_FAMILIES, 5070)),
        ("[::1]", Listen("udp", "::1", 5060)),
        ("[::]:0", Listen("udp", "::", 0)),
        ("::1", Listen("udp", "::1", 5060)),
        ("fade::1", Listen("udp", "fade::1", 5060)),
        ("udp:::1", Listen("udp", "::1", 5060)),
        ("udp:[fe80::1%eth0]:5060", Listen("udp", "fe80::1%eth0", 5060)),
        ("tcp:[127.0.0.1]:65535", Listen("tcp", "127.0.0.1", 65535)),
    ],
)
def test_every_part_may_be_left_out(text: str, expected: Listen) -> None:
    assert parse_listen(text) == expected


@pytest.mark.parametrize("transport", ["tls", "ws", "WSS", "sctp"])
def test_a_transport_of_later_versions_is_named_as_such(transport: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_listen(f"{transport}:0.0.0.0:5061")
    assert str(raised.value) == (
        f"{transport.lower()} is not offered by this version; it listens on udp and tcp."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sip:1.2.3.4:5060", '"sip" in "sip:1.2.3.4:5060" is not a transport; write udp or tcp.'),
        (
            "udp:example.com:5060",
            (
                '"example.com" in "udp:example.com:5060" is not an IP address; '
                "write one such as 127.0.0.1 or [::1]."
            ),
        ),
        (
            "localhost:5060",
            (
                '"localhost" in "localhost:5060" is not an IP address; '
                "write one such as 127.0.0.1 or [::1]."
            ),
        ),
        (
            "udp:localhost",
            (
                '"localhost" in "udp:localhost" is not an IP address; '
                "write one such as 127.0.0.1 or [::1]."
            ),
        ),
        (
            "udp:127.0.0.1:65536",
            '"65536" in "udp:127.0.0.1:65536" is not a port; write a number up to 65535.',
        ),
        (
            "udp:127.0.0.1:",
            '"" in "udp:127.0.0.1:" is not a port; write a number up to 65535.',
        ),
        (
            "udp:127.0.0.1:\u0665",
            '"\u0665" in "udp:127.0.0.1:\u0665" is not a port; write a number up to 65535.',
        ),
        ("[::1:5060", '"[::1:5060" has a bracket too many or too few; write [::1]:5060.'),
        ("[::1]5060", '"[::1]5060" has a bracket too many or too few; write [::1]:5060.'),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_listen(text)
    assert str(raised.value) == sentence


@pytest.mark.row("TRN-11")
def test_default_ports_are_5060_and_5061_for_tls() -> None:
    ports = {transport: default_port(transport) for transport in ("udp", "tcp", "tls")}
    assert ports == {"udp": 5060, "tcp": 5060, "tls": 5061}


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert write_address("::1", 5060) == "[::1]:5060"
    assert write_address("127.0.0.1", 5060) == "127.0.0.1:5060"


@given(
    st.builds(
        Listen,
        st.sampled_from(OFFERED),
        st.one_of(st.ip_addresses().map(str), st.just(BOTH_FAMILIES)),
        st.integers(0, 65535),
        st.just(""),
    )
)
def test_what_is_written_is_read_back(listen: Listen) -> None:
    assert parse_listen(str(listen)) == listen


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        listen = parse_listen(text)
    except BadAddress as refusal:
        sentence = str(refusal)
    else:
        sentence = f"{listen}."
    assert sentence.endswith(".")
