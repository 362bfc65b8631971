"""Replaces and Join: the dialog that a new call takes over or joins (RFC 3891, RFC 3911)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import WORD, Params, get_param, parse_params, write_params

_CALL_ID: Final = re.compile(WORD + rb"(?:@" + WORD + rb")?")
_OWN: Final = frozenset((b"to-tag", b"from-tag", b"early-only"))


@dataclass(frozen=True, slots=True)
class Replaces:
    """A reference to a dialog, as Replaces and Join write it.

    Attributes:
        call_id: the dialog's Call-ID.
        to_tag: the tag of the side that receives the reference; ``b"0"`` also stands for none.
        from_tag: the tag of the other side; ``b"0"`` also stands for none.
        early_only: whether only a dialog that is not confirmed counts; never set in a Join.
        params: all other parameters, names in lower case.
    """

    call_id: bytes
    to_tag: bytes
    from_tag: bytes
    early_only: bool = False
    params: Params = ()

    def to_bytes(self) -> bytes:
        """Write the value."""
        early = b";early-only" if self.early_only else b""
        tags = b";to-tag=" + self.to_tag + b";from-tag=" + self.from_tag
        return self.call_id + tags + early + write_params(self.params)


def parse_replaces(value: bytes) -> Replaces:
    """Parse a Replaces value (RFC 3891 section 6.1).

    Raises:
        Malformed: no Call-ID, not exactly one tag of each side, or a fault in the parameters.
    """
    return _parse(value, "Replaces")


def parse_join(value: bytes) -> Replaces:
    """Parse a Join value (RFC 3911 section 7.1); ``early-only`` means nothing there.

    Raises:
        Malformed: no Call-ID, not exactly one tag of each side, or a fault in the parameters.
    """
    return _parse(value, "Join")


def _parse(value: bytes, header: str) -> Replaces:
    match = _CALL_ID.match(value)
    if match is None:
        raise Malformed(f"{header}: no Call-ID")
    params = parse_params(value[match.end() :], header)
    to_tag = get_param(params, b"to-tag")
    from_tag = get_param(params, b"from-tag")
    if not to_tag or not from_tag or b'"' in to_tag + from_tag:
        raise Malformed(f"{header}: needs a to-tag and a from-tag")
    own = _OWN if header == "Replaces" else _OWN - {b"early-only"}
    early_only = header == "Replaces" and get_param(params, b"early-only") is not None
    others = tuple(param for param in params if param[0] not in own)
    return Replaces(match[0], to_tag, from_tag, early_only, others)
