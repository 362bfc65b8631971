"""What an ACK or a CANCEL has to have in common with the request that it belongs to."""

from collections.abc import Iterator, Sequence
from typing import Final

from responder.journal.verdicts.reading import Seen, addresses, elements
from responder.journal.verdicts.verdict import Fault, shown
from responder.sip.message import Message

_SPELLED: Final = {b"call-id": "Call-ID"}
_CREDENTIALS: Final = frozenset({b"authorization", b"proxy-authorization"})


def changed(
    request: Seen, companion: Seen, names: Sequence[bytes], section: str
) -> Iterator[Fault]:
    """Yield each header field that the two do not have alike.

    Args:
        request: the request that came first.
        companion: the ACK or CANCEL.
        names: lower-case long names.
        section: where it is written.
    """
    for name in names:
        if _alike(request.message, companion.message, name):
            continue
        came, due = (b", ".join(each.message.values(name)) for each in (companion, request))
        what = f"the {spelled(name)} of the {companion.name}"
        if name in _CREDENTIALS:
            # They may hold a password that is only encoded (RFC 7617).
            yield (
                f"{what} {'differs' if came else 'is missing'}",
                f"that of the {request.name}",
                section,
            )
        else:
            expected = f"that of the {request.name}, {shown(due)}" if due else "none"
            yield f"{what} is {shown(came) or 'missing'}", expected, section


def unlike_via(request: Seen, companion: Seen, section: str) -> Iterator[Fault]:
    """Yield what is wrong where a single Via, equal to the request's top one, is due."""
    vias = companion.vias
    if len(vias) != 1:
        yield f"the {companion.name} has {len(vias)} Via values", "a single one", section
    elif companion.via != request.via or companion.branch != request.branch:
        yield (
            f"the Via of the {companion.name} is {shown(vias[0])}",
            f"the top one of the {request.name}, {shown(request.vias[0] if request.vias else b'')}",
            section,
        )


def spelled(name: bytes) -> str:
    """Return a header name as people write it."""
    return _SPELLED.get(name, name.decode("latin-1").title())


def _alike(one: Message, other: Message, name: bytes) -> bool:
    if elements(one, name) == elements(other, name):
        return True
    if name not in {b"from", b"to", b"route"}:
        return False
    # The same address in another spelling is the same.
    first, second = addresses(one, name), addresses(other, name)
    return bool(first) and [(a.uri, a.tag) for a in first] == [(a.uri, a.tag) for a in second]
