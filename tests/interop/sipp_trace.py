"""What SIPp wrote with ``-trace_msg``: every message that it sent and received."""

import re
from pathlib import Path

from tests.interop import oracle

_RULE = re.compile(rb"^-{20,} \d{4}-.*$", re.MULTILINE)
_HEADING = re.compile(rb"\s*(?:UDP|TCP) message (sent|received) .*?:\r?\n\r?\n", re.DOTALL)
_DIALLED = re.compile(rb"^To: *<sip:(?:\d+ms-)?(\w+)@", re.MULTILINE)
_CSEQ = re.compile(rb"^CSeq: *\d+ (\S+)", re.MULTILINE)
_LENGTH = re.compile(rb"^Content-Length: *(\d+)", re.MULTILINE)


def calls(trace: Path) -> dict[str, list[str]]:
    """Return the messages of each call in order, by the status that To names.

    A request that SIPp sent is its method; a response that it received is its status and its
    method, such as ``486 INVITE``, once sipmessage has read it.
    """
    found: dict[str, list[str]] = {}
    for entry in _RULE.split(trace.read_bytes()):
        heading = _HEADING.match(entry)
        if heading is None:
            # SIPp has remarks about its sockets among the messages.
            assert b"SIP/2.0" not in entry, entry
            continue
        message = entry[heading.end() :]
        call = found.setdefault(_value(_DIALLED, message), [])
        method = _value(_CSEQ, message)
        if heading[1] == b"received":
            end = message.index(b"\r\n\r\n") + 4 + int(_value(_LENGTH, message))
            method = f"{oracle.read(message[:end]).code} {method}"
        call.append(method)
    return found


def _value(pattern: re.Pattern[bytes], message: bytes) -> str:
    value = pattern.search(message)
    assert value is not None, message
    return value[1].decode()
