"""Which responses a caller believes, and what it takes their status for."""

from collections.abc import Collection

from responder.codes import lookup
from responder.sip.errors import Malformed
from responder.sip.grammar import parse_uint
from responder.sip.headers.cseq import parse_cseq
from responder.sip.headers.via import Via, parse_via_list
from responder.sip.message import Message

_LARGEST = 2**32 - 1
_SCALARS = (b"max-forwards", b"expires", b"min-expires", b"rseq", b"min-se")
_MANDATORY = (b"via", b"from", b"to", b"call-id", b"cseq")


def screen(response: Message, sent_bys: Collection[bytes]) -> Via:
    """Return the one Via of a response that may be believed.

    Args:
        response: what came.
        sent_bys: every sent-by that we write, in lower case.

    Raises:
        Malformed: the response is to be dropped; the text says why. RFC 3261 sections 8.1.3.3
            (more than one Via), 18.1.2 (a sent-by that is not ours) and 18.3 (body cut off), RFC
            4475 sections 3.1.2.5 and 3.1.2.19 (numbers and status out of range).
    """
    if response.fault is not None:
        raise Malformed(_fault_text(response.fault[1]))
    for name in _MANDATORY:
        if name not in response.fields:
            raise Malformed(f"it has no {name.decode().title()}")
    vias = [via for line in response.values(b"via") for via in parse_via_list(line)]
    if len(vias) != 1:
        raise Malformed(f"it carries {len(vias)} Via values, so it is not for us")
    if vias[0].sent_by.lower() not in sent_bys:
        raise Malformed(f"its Via names {vias[0].sent_by.decode('latin-1')}, which is not us")
    parse_cseq(response.fields[b"cseq"])
    for name in _SCALARS:
        value = response.fields.get(name)
        if value is not None:
            parse_uint(value.partition(b";")[0].strip(), _LARGEST, name.decode().title())
    return vias[0]


def _fault_text(phrase: str) -> str:
    """Return what is in the brackets of a 400's phrase, or else the phrase."""
    return phrase.partition("(")[2].removesuffix(")") or phrase


def understood(status: int) -> int:
    """Return the status that an unknown one is treated as: x00, or 183 (RFC 3261 8.1.3.2)."""
    if lookup(status).known:
        return status
    return 183 if status < 200 else status // 100 * 100
