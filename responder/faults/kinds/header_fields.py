"""Header fields that are missing, doubled, in another order, or that nobody asked for."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.draft import Draft
from responder.faults.fault import Chance, Mutation, pick
from responder.faults.parameter import parameter
from responder.sip.message import canonical

_LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class Missing(Mutation):
    """Leave a header field out, every line of it."""

    NAME: ClassVar[str] = "missing"
    SCALAR: ClassVar[str] = "header"

    header: str = parameter(
        "text", "its name", "", least=1, most=_LONGEST_NAME, required=True
    )  # fmt: skip

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Take the lines out."""
        del draw
        return f"no {self.header}" if draft.remove(self.header.encode()) else ""


@dataclass(frozen=True, slots=True)
class Doubled(Mutation):
    """Send a header field twice, though it may come once: the first line of it again."""

    NAME: ClassVar[str] = "doubled"
    SCALAR: ClassVar[str] = "header"

    header: str = parameter("text", "its name", "", least=1, most=_LONGEST_NAME, required=True)
    value: str = parameter("text", "another value for the second line", "", most=65_535)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Put the second line behind the first."""
        del draw
        places = draft.places(self.header.encode())
        if not places:
            return ""
        name, value = draft.fields[places[0]]
        draft.fields.insert(places[0] + 1, (name, self.value.encode() or value))
        return f"a second {self.header}"


@dataclass(frozen=True, slots=True)
class Extra(Mutation):
    """Add header fields that nobody asked for: one, a large one, or very many."""

    NAME: ClassVar[str] = "extra"
    SCALAR: ClassVar[str] = "header"

    header: str = parameter("text", "the name", "X-Extra", least=1, most=_LONGEST_NAME)
    value: str = parameter("text", "the value", "extra", most=65_535)
    size: int = parameter("integer", "fill the value up to it", 0, unit="bytes", most=65_535)
    times: int = parameter("integer", "how many lines of it", 1, least=1, most=10_000)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Put them behind all others."""
        del draw
        value = self.value.encode().ljust(self.size, b"x")
        draft.fields += [(self.header.encode(), value)] * self.times
        times = f" {self.times} times" if self.times > 1 else ""
        return f"an extra {self.header} of {len(value)} bytes{times}"


@dataclass(frozen=True, slots=True)
class HeaderOrder(Mutation):
    """Send the header fields in another order, the lines of each in their own (section 7.3.1)."""

    NAME: ClassVar[str] = "header-order"
    SCALAR: ClassVar[str] = "order"

    order: str = parameter(
        "choice", "which", "reversed", choices=("reversed", "shuffled", "sorted", "content-first")
    )

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Move the groups of lines with one name."""
        groups: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for each in draft.fields:
            groups.setdefault(canonical(each[0]), []).append(each)
        names = list(groups)
        if self.order == "reversed":
            names.reverse()
        elif self.order == "sorted":
            names.sort()
        elif self.order == "content-first":
            names.sort(key=lambda name: not name.startswith(b"content-"))
        else:
            for at in range(len(names) - 1, 0, -1):
                other = pick(at + 1, draw)
                names[at], names[other] = names[other], names[at]
        draft.fields = [each for name in names for each in groups[name]]
        return f"header fields in the order {self.order}"
