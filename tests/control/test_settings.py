"""Where HTTP is served, as people write it."""

import pytest

from responder.control.settings import BadHttp, guarded, read_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("0.0.0.0", ("0.0.0.0", 8060)),
        ("9000", ("127.0.0.1", 9000)),
        (":9000", ("127.0.0.1", 9000)),
        ("localhost:0", ("127.0.0.1", 0)),
        ("[::1]:80", ("::1", 80)),
        ("[::1]", ("::1", 8060)),
        ("::1", ("::1", 8060)),
    ],
)
def test_an_address(text: str, expected: tuple[str, int]) -> None:
    assert read_address(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[::1:80", "a bracket too many or too few; write one such as 127.0.0.1:8060"),
        ("[::1]80", "a bracket too many or too few"),
        ("example.com:80", '"example.com" in "example.com:80" is not an IP address'),
        ("127.0.0.1:", '"" in "127.0.0.1:" is not a port'),
        ("127.0.0.1:65536", '"65536" in "127.0.0.1:65536" is not a port'),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(BadHttp) as caught:
        read_address(text)
    assert said in str(caught.value)


def test_a_token_is_needed_where_others_than_this_machine_can_come() -> None:
    assert guarded("127.0.0.1", None) is None
    assert guarded("::1", None) is None
    assert guarded("127.0.0.1", "secret") == "secret"
    assert guarded("0.0.0.0", "secret") == "secret"
    made = guarded("0.0.0.0", None)
    assert made is not None
    assert len(made) > 16
    assert made != guarded("10.0.0.1", None)
