"""What a person may set: named, typed and bounded values, described where they are declared."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias, TypeVar, cast

T = TypeVar("T")

Type: TypeAlias = Literal["integer", "number", "seconds", "text", "choice", "network"]
"""``seconds`` is a number; whoever reads a file turns durations such as ``250ms`` into it first."""

LONGEST: Final = 3600.0
"""Seconds that anything may be held back."""

_KEY: Final = "parameter"


class Unfit(ValueError):
    """A fault that a person asked for cannot be had; the message says what to write instead.

    Attributes:
        path: the keys and positions that lead to what is wrong in what was written.
    """

    def __init__(self, text: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(text)
        self.path = path


@contextmanager
def inside(step: str | int) -> Iterator[None]:
    """Have what is wrong within tell that it stands under a key or at a position."""
    try:
        yield
    except Unfit as fault:
        raise Unfit(str(fault), (step, *fault.path)) from None


class Described(Protocol):
    """A dataclass whose fields are declared by `parameter`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


D = TypeVar("D", bound=Described)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that a person may set.

    Attributes:
        name: as it is written, such as ``from``.
        attribute: the same as an attribute of the dataclass, such as ``from_``.
        type: what it holds.
        about: a phrase that says what it does.
        unit: ``s``, ``bytes``, ``bytes/s``, or nothing.
        default: what it is when nothing is written.
        required: whether something has to be written.
        least: the smallest number, or the fewest characters of a text.
        most: the largest number, or the most characters of a text.
        choices: the words that may be written.
    """

    name: str
    attribute: str
    type: Type
    about: str
    unit: str
    default: object
    required: bool
    least: float
    most: float
    choices: tuple[str, ...]

    def read(self, value: object, where: str) -> object:
        """Return a value that was written, if it fits.

        Args:
            value: a number, a text, or what else was found.
            where: what the value belongs to, for the error.

        Raises:
            Unfit: it is of another type, out of bounds, or none of the choices.
        """
        if not self._fits(value):
            msg = f"{where}: {self.name} is {shown(value)}, but has to be {self.expected}"
            if self.choices and isinstance(value, str):
                msg += did_you_mean(value, self.choices)
            raise Unfit(msg)
        return float(cast("float", value)) if self.type in {"number", "seconds"} else value

    @property
    def expected(self) -> str:
        """What has to be written, as a phrase."""
        if self.type == "choice":
            return "one of " + ", ".join(self.choices)
        if self.type == "network":
            return "a network such as 192.0.2.0/24"
        if self.type == "text":
            least, most = int(self.least), int(self.most)
            return f"a text of {least} to {most} characters"
        what = {"integer": "a whole number", "number": "a number", "seconds": "a time"}[self.type]
        unit = f" {self.unit}" if self.unit else ""
        return f"{what} from {_plain(self.least)} to {_plain(self.most)}{unit}"

    def _fits(self, value: object) -> bool:
        if self.type == "choice":
            return value in self.choices
        if self.type == "network":
            return isinstance(value, str) and _is_network(value)
        if self.type == "text":
            return isinstance(value, str) and self.least <= len(value) <= self.most
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        whole = self.type != "integer" or isinstance(value, int)
        return whole and self.least <= value <= self.most


Reader: TypeAlias = Callable[[Parameter, object], object]
"""Turns a value as a file holds it into one that `Parameter.read` judges."""


def as_it_is(_parameter: Parameter, value: object) -> object:
    """Be the `Reader` of values that are Python's already."""
    return value


def parameter(
    type_: Type,
    about: str,
    default: T,
    *,
    unit: str = "",
    least: float = 0,
    most: float = LONGEST,
    choices: tuple[str, ...] = (),
    required: bool = False,
) -> T:
    """Declare a field of a dataclass as something that a person may set.

    The field's name is written with dashes for underscores, and without one at its end. The
    arguments are the attributes of `Parameter`.
    """
    made = Parameter("", "", type_, about, unit, default, required, least, most, choices)
    declared: T = field(default=default, metadata={_KEY: made})
    return declared


def parameters(kind: type[Described]) -> tuple[Parameter, ...]:
    """Return what may be set of a dataclass, in the order in which it is declared."""
    found = []
    for each in fields(kind):
        made: Parameter | None = each.metadata.get(_KEY)
        if made is not None:
            name = each.name.rstrip("_").replace("_", "-")
            default = None if each.default is MISSING else each.default
            found.append(
                Parameter(
                    name,
                    each.name,
                    made.type,
                    made.about,
                    made.unit,
                    default,
                    made.required,
                    made.least,
                    made.most,
                    made.choices,
                )
            )
    return tuple(found)


def read(kind: type[D], written: Mapping[str, object], where: str, reader: Reader = as_it_is) -> D:
    """Make a dataclass of what was written.

    Args:
        kind: a dataclass whose fields are declared by `parameter`.
        written: values by their written names.
        where: what they belong to, for errors.
        reader: reads each value.

    Raises:
        Unfit: a name is unknown, a value does not fit, or a required one is not there.
    """
    known = {each.name: each for each in parameters(kind)}
    values = {}
    for name, value in written.items():
        if name not in known:
            msg = f"{where}: it has no {shown(name)}" + did_you_mean(str(name), known)
            raise Unfit(msg, (name,))
        with inside(name):
            values[known[name].attribute] = known[name].read(reader(known[name], value), where)
    for each in known.values():
        if each.required and each.attribute not in values:
            msg = f"{where}: {each.name} is missing: {each.about}"
            raise Unfit(msg)
    return kind(**values)


def did_you_mean(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return a question that names the nearest known word, or lists them all if none is near."""
    near = get_close_matches(word, list(known), 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there is {', '.join(known)}" if known else ""


def _plain(number: float) -> str:
    return f"{number:.15g}"


def shown(value: object) -> str:
    """Return what was written, as a sentence names it."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:40] + "..."}"'
    if isinstance(value, (list, Mapping)):
        return "a list" if isinstance(value, list) else "a mapping"
    return _plain(value) if isinstance(value, float) else str(value)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
