"""What SIPp wrote with ``-trace_msg``: every message that it sent and received."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.interop import oracle

_RULE = re.compile(r"^-{20,} \d{4}-.*$", re.MULTILINE)
_HEADING = re.compile(r"\s*(?:UDP|TCP) message (sent|received) .*?:\r?\n\r?\n", re.DOTALL)
_CALL_ID = re.compile(r"^Call-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
_CSEQ = re.compile(r"^CSeq: *\d+ (\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Traced:
    """One message: a request that SIPp sent (`what` is its method) or a response it received.

    `what` of a response is its status and the method of its CSeq, such as ``486 INVITE``.
    """

    call_id: str
    what: str


def messages(trace: Path) -> list[Traced]:
    """Return the messages in order; each response is read by sipmessage on the way."""
    found: list[Traced] = []
    # Line ends stay as they were on the wire.
    text = trace.read_bytes().decode("latin-1")
    for entry in _RULE.split(text):
        heading = _HEADING.match(entry)
        if heading is None:
            assert not entry.strip(), entry
            continue
        message = entry[heading.end() :]
        call_id, cseq = _CALL_ID.search(message), _CSEQ.search(message)
        assert call_id is not None, entry
        assert cseq is not None, entry
        if heading[1] == "sent":
            found.append(Traced(call_id[1], cseq[1]))
            continue
        head, _, body = message.partition("\r\n\r\n")
        length = re.search(r"(?i)^Content-Length: *(\d+)", head, re.MULTILINE)
        assert length is not None, entry
        raw = f"{head}\r\n\r\n{body[: int(length[1])]}".encode("latin-1")
        response = oracle.read(raw)
        found.append(Traced(call_id[1], f"{response.code} {cseq[1]}"))
    return found


def by_number(trace: Path) -> dict[str, list[str]]:
    """Return what each call was, by the number it dialled: the first part of its Call-ID."""
    calls: dict[str, list[str]] = {}
    for message in messages(trace):
        calls.setdefault(message.call_id.partition("/")[0], []).append(message.what)
    return calls
