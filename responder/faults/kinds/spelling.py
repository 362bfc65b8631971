"""The same message in another spelling (RFC 3261 sections 7.3.1 and 7.3.3), legal or not."""

from dataclasses import dataclass
from typing import ClassVar, Final

from responder.faults.draft import Draft
from responder.faults.fault import Chance, Mutation
from responder.faults.parameter import parameter
from responder.sip.message import COMPACT, canonical

_SHORT: Final = {long: short for short, long in COMPACT.items()}


@dataclass(frozen=True, slots=True)
class NameCase(Mutation):
    """Write the names of header fields in another case, which means the same."""

    NAME: ClassVar[str] = "name-case"
    SCALAR: ClassVar[str] = "case"

    case: str = parameter("choice", "which", "lower", choices=("lower", "upper", "mixed"))

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change every name."""
        del draw
        changes = {"lower": bytes.lower, "upper": bytes.upper, "mixed": _mixed}
        change = changes[self.case]
        draft.fields = [(change(name), value) for name, value in draft.fields]
        return f"header names in {self.case} case"


@dataclass(frozen=True, slots=True)
class Compact(Mutation):
    """Write the names of header fields in their compact form, where they have one."""

    NAME: ClassVar[str] = "compact"

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change every name that can be."""
        del draw
        draft.fields = [(_SHORT.get(canonical(name), name), value) for name, value in draft.fields]
        return "compact header names"


@dataclass(frozen=True, slots=True)
class Folded(Mutation):
    """Write header fields over two lines each, the second one beginning with a space."""

    NAME: ClassVar[str] = "folded"
    SCALAR: ClassVar[str] = "header"

    header: str = parameter("text", "the name of only one; all of them if not said", "", most=1_000)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Fold behind the colon, where white space means nothing."""
        del draw
        places = set(
            draft.places(self.header.encode()) if self.header else range(len(draft.fields))
        )
        draft.fields = [
            (name, draft.end + b" " + value) if at in places else (name, value)
            for at, (name, value) in enumerate(draft.fields)
        ]
        return f"folded {self.header or 'header fields'}" if places else ""


@dataclass(frozen=True, slots=True)
class Colon(Mutation):
    """Write other white space around the colons of header fields."""

    NAME: ClassVar[str] = "colon"
    SCALAR: ClassVar[str] = "space"

    space: str = parameter("choice", "where", "none", choices=("none", "before", "wide", "tab"))

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change every colon."""
        del draw
        forms = {"none": b":", "before": b" : ", "wide": b"   :    ", "tab": b"\t:\t"}
        draft.colon = forms[self.space]
        return f"other white space at its colons: {self.space}"


@dataclass(frozen=True, slots=True)
class LineEnds(Mutation):
    """End the lines with something else than CRLF, which no message may do."""

    NAME: ClassVar[str] = "line-ends"
    SCALAR: ClassVar[str] = "end"

    end: str = parameter("choice", "with what", "lf", choices=("lf", "cr", "lfcr"))

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change every line end, that of a folded line too."""
        del draw
        ends = {"lf": b"\n", "cr": b"\r", "lfcr": b"\n\r"}
        old, draft.end = draft.end, ends[self.end]
        draft.fields = [(name, value.replace(old, draft.end)) for name, value in draft.fields]
        return f"lines that end in {self.end.upper()}"


def _mixed(name: bytes) -> bytes:
    return bytes(
        character ^ 0x20 if at % 2 and chr(character).isalpha() else character
        for at, character in enumerate(name)
    )
