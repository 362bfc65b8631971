"""SIPp scenarios that expect each status in its turn: of INVITEs, and of other requests."""

from collections.abc import Sequence
from pathlib import Path
from string import Template
from xml.sax.saxutils import quoteattr

from responder.codes import Code, lookup
from tests.interop import wanted

TEMPLATE = Path(__file__).parent / "sipp" / "every-code.xml"

EXCHANGE = Path(__file__).parent / "sipp" / "exchange.xml"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">'

_CONTACT = "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>"
OF_METHOD = {
    "MESSAGE": ["Content-Type: text/plain"],
    "NOTIFY": [_CONTACT, "Event: presence", "Subscription-State: active"],
    "OPTIONS": ["Accept: application/sdp"],
    "PUBLISH": ["Event: presence"],
    "REFER": [_CONTACT, "Refer-To: <sip:bob@example.com>"],
    "REGISTER": [_CONTACT, "Expires: 300"],
    "SUBSCRIBE": [_CONTACT, "Event: presence", "Expires: 300"],
    "UPDATE": [_CONTACT],
}
"""What a method's requests have beside the fields that all have."""

# Places of messages in the scenario; SIPp counts all but labels, from 0.
INVITE = 1
FIRST_EXPECTED = 4

PAUSE = "200ms-"
"""Dialled before each status but 100, for SIPp jumps only when it has nothing more to read."""

# The labels where a call goes on.
CANCEL, REFUSED, ANSWERED = 1, 2, 3


def write(codes: Sequence[Code], transport: str, directory: Path) -> list[Path | str]:
    """Write the scenario and the list of what it dials.

    Returns:
        the options that give both to SIPp.
    """
    after = FIRST_EXPECTED + 2 * len(codes)
    text = Template(TEMPLATE.read_text()).substitute(
        checks_of_100=checks(lookup(100)),
        expected="\n".join(expected(code) for code in codes),
        back_from_cancel=after - INVITE,
        back_from_487=after + 3 - INVITE,
        back_from_ack=after + 5 - INVITE,
        # SIPp takes a 2xx that comes again over TCP for a fault.
        keep_back_ack=700 if transport == "udp" else 0,
    )
    scenario, numbers = directory / "every-code.xml", directory / "numbers.csv"
    scenario.write_text(text)
    lines = [
        f"{PAUSE if code.status > 100 else ''}{code.status};{FIRST_EXPECTED + 2 * number + 1}"
        for number, code in enumerate(codes)
    ]
    numbers.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    return ["-sf", scenario, "-inf", numbers, "-m", str(len(codes))]


def write_requests(method: str, codes: Sequence[Code], directory: Path) -> list[Path | str]:
    """Write the scenario of one call that sends a request for each final status, one by one.

    SIPp reads no scenario of more than 64 KiB, which is some 50 statuses.

    Returns:
        the options that give it to SIPp.
    """
    exchange = Template(EXCHANGE.read_text())
    exchanges = [
        exchange.substitute(
            method=method,
            status=code.status,
            # The Request-URI of a REGISTER has no user part (RFC 3261 10.2).
            user="" if method == "REGISTER" else f"{code.status}@",
            number=number,
            fields="".join(f"      {line}\n" for line in OF_METHOD.get(method, ())),
            body="      Is anybody there?\n" if method == "MESSAGE" else "",
            checks=checks(code, method),
        )
        for number, code in enumerate(codes, 1)
    ]
    scenario = directory / f"every-{method}.xml"
    name = f'<scenario name="every {method}">'
    scenario.write_text("\n".join([PROLOGUE, name, *exchanges, "</scenario>", ""]))
    return ["-sf", scenario, "-m", "1"]


def expected(code: Code) -> str:
    """Return what waits for one status: two messages, of which the second is the place to be.

    SIPp jumps as if the message before the place had been dealt with, and follows its ``next``
    if there is one; so that is an empty message.
    """
    if code.status == 100:
        return f'  <nop/>\n  <nop next="{CANCEL}"/>'
    label = CANCEL if code.status < 200 else ANSWERED if code.status < 300 else REFUSED
    routes = ' rrs="true"' if label == ANSWERED else ""
    return "\n".join(
        [
            "  <nop/>",
            f'  <recv response="{code.status}"{routes} next="{label}">',
            "    <action>",
            checks(code),
            "    </action>",
            "  </recv>",
        ]
    )


def checks(code: Code, method: str = "INVITE") -> str:
    """Return the actions that end the call as failed where the response is not as it should be."""
    patterns = [(f"^SIP/2.0 {code.status} {code.phrase}[[:cntrl:]]", 'search_in="msg"')]
    if code.status > 100:
        patterns.append((";tag=[0-9a-f]+", _in("To")))
    patterns += [(pattern, _in(name)) for name, pattern in wanted.fields(code.status, method)]
    return "\n".join(
        f'      <ereg regexp={quoteattr(pattern)} {where} check_it="true" assign_to="checked"/>'
        for pattern, where in patterns
    )


def _in(name: str) -> str:
    return f'search_in="hdr" header="{name}:"'
