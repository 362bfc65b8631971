"""Templates: compiled when a scenario is read, filled in for each response. Pure.

Whatever a template does, it gives bytes: what is missing or goes wrong becomes an empty string and
a sentence for the record. This is the only file that renders with Jinja2.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from jinja2 import ChainableUndefined, TemplateSyntaxError, meta
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from responder.scenario.filling import is_template
from responder.scenario.scope import SCOPES, Facts, Looked, Now, Part, StateScope
from responder.scenario.steps import Respond, Sdp
from responder.scenario.template_rules import faults
from responder.scenario.values import LONGEST_TEXT
from responder.sip.headers.uri import escape_user

Note: TypeAlias = Callable[[tuple[str, ...], str], None]
Field: TypeAlias = tuple[bytes, "bytes | Template"]

_MOST_RANGE: Final = 1_000
_GREATEST: Final = 10**18
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_TAKEN: Final = (
    *("default", "d", "upper", "lower", "capitalize", "trim"),
    *("length", "count", "first", "last", "abs", "int", "float", "string"),
)


class Beyond(Exception):
    """A template asks for more than it may have; the text says what."""


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = str(value), str(old), str(new)
    if len(text) + text.count(before) * len(after) > LONGEST_TEXT:
        raise Beyond(f"replace gives more than {LONGEST_TEXT:,} characters")
    return text.replace(before, after)


def _join(values: Sequence[object], between: object = "") -> str:
    texts = [str(value) for value in values]
    if sum(map(len, texts)) + len(texts) * len(str(between)) > LONGEST_TEXT:
        raise Beyond(f"join gives more than {LONGEST_TEXT:,} characters")
    return str(between).join(texts)


def _round(value: float, places: int = 0) -> float:
    return round(float(value), min(max(int(places), 0), 9))


def _escape(value: object) -> str:
    return escape_user(str(value).encode("utf-8", "surrogateescape")).decode("ascii")


def _quote(value: object) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", str(value))
    return f'"{escaped}"'


def _plus(value: object, seconds: float) -> Now:
    if not isinstance(value, Now):
        raise Beyond("plus wants a time: now | plus(60)")
    return value.later(seconds)


def _of_time(part: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if not isinstance(value, Now):
            raise Beyond(f"{part} wants a time: now | {part}")
        return getattr(value, part)

    return read


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > _MOST_RANGE:
        raise Beyond(f"a range has at most {_MOST_RANGE:,} numbers")
    return numbers


OWN_FILTERS: Final[dict[str, Callable[..., object]]] = {
    "replace": _replace,
    "join": _join,
    "round": _round,
    "escape": _escape,
    "quote": _quote,
    "plus": _plus,
    "iso": _of_time("iso"),
    "rfc1123": _of_time("rfc1123"),
    "epoch": _of_time("epoch"),
}


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of the templates of one response; no number and no text in it grows big.

    Attributes:
        notes: what was missing while the latest template was filled in.
        missing: stands for what is missing.
        names: what the names of the templates stand for.
    """

    intercepted_binops = frozenset({"*", "%"})

    def __init__(self, line_end: str) -> None:
        notes: list[str] = []

        class Missing(ChainableUndefined):
            """What a request does not have; it reads as nothing, and is noted."""

            def __str__(self) -> str:
                name = str(self._undefined_name)
                if name not in notes:
                    notes.append(name)
                return ""

        super().__init__(
            undefined=Missing,
            keep_trailing_newline=True,
            newline_sequence="\r\n" if line_end == "\r\n" else "\n",
            # Two characters of a text are no comment: "{#" is left as it is.
            comment_start_string="{#\x00",
            comment_end_string="\x00#}",
        )
        self.notes = notes
        self.missing = Missing
        self.names: dict[str, object] = {"range": _range}
        self.filters = {name: FILTERS[name] for name in _TAKEN} | OWN_FILTERS
        self.globals = {}

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a part of something; those of ours have nothing to hide."""
        if not isinstance(obj, Part) or attribute.startswith("_"):
            return super().getattr(obj, attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            if isinstance(obj, (Looked, StateScope)):
                with suppress(KeyError):
                    return obj[attribute]
            return self.missing(name=attribute)

    def call(self, context: object, obj: object, /, *args: object, **named: object) -> object:
        """Call something; the rules let nothing be called but what is listed there."""
        del context
        return obj(*args, **named) if callable(obj) else self.missing(name="what is called")

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Reckon with numbers alone: both operators would make texts and lists of any length."""
        del context
        if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            raise Beyond(f'"{operator}" is for numbers')
        if operator == "%":
            return left % right
        product = left * right
        if abs(product) > _GREATEST:
            raise Beyond("a product is beyond 10^18")
        return product


class Template:
    """One value that is a template.

    Args:
        environment: what all templates of a response share.
        text: the template.
        name: what the record calls the value, such as ``header Subject``.

    Raises:
        TemplateSyntaxError: it is none.
    """

    __slots__ = ("_context", "_notes", "_render", "name")

    def __init__(self, environment: Sandbox, text: str, name: str) -> None:
        template = environment.from_string(text)
        self._render = template.root_render_func
        # One context for all: a template assigns nothing, so it reads the names and no more.
        self._context = Context(environment, environment.names, None, {})
        self._notes = environment.notes
        self.name = name

    def fill(self, told: list[str]) -> bytes:
        """Return the value, and tell of what was missing or went wrong."""
        notes = self._notes
        pieces: list[str] = []
        size = 0
        try:
            for piece in self._render(self._context):
                pieces.append(piece)
                size += len(piece)
                if size > LONGEST_TEXT:
                    raise Beyond(f"it gives more than {LONGEST_TEXT:,} characters")
            value = "".join(pieces).encode("utf-8", "surrogateescape")
        except Exception as fault:  # what a person's template does is no failure of ours
            notes.clear()
            told.append(f"{self.name} is empty: its template failed: {_said(fault)}")
            return b""
        if notes:
            told += [f"{self.name}: there is no {name}" for name in notes]
            notes.clear()
        return value

    def fill_line(self, told: list[str]) -> bytes:
        """Return a value that stays on its line, whatever a peer has put into it."""
        value = self.fill(told)
        if _CONTROL.search(value) is None:
            return value
        told.append(f"{self.name}: line breaks and control characters became spaces")
        return _CONTROL.sub(b" ", value)


def _said(fault: Exception) -> str:
    text = str(fault) or type(fault).__name__
    return " ".join(text.split())[:200]


class Filling:
    """The values of one response that are filled in each time it is sent.

    It is a `responder.scenario.steps.Filling`.
    """

    __slots__ = (
        "_beside",
        "_body",
        "_environment",
        "_headers",
        "_names",
        "_reason",
        "_scenario",
        "_sdp",
    )

    def __init__(
        self,
        environment: Sandbox,
        scenario: str,
        names: Iterable[str],
        reason: Template | None,
        headers: tuple[Field, ...] | None,
        beside: tuple[Field, ...] | None,
        body: Template | None,
        sdp: Template | None,
    ) -> None:
        self._environment = environment
        self._scenario = scenario
        self._names = tuple(names)
        self._reason = reason
        self._headers = headers
        self._beside = beside
        self._body = body
        self._sdp = sdp

    def fill(self, step: Respond, facts: Facts) -> tuple[Respond, list[str]]:
        """Return a response with its values, and sentences for the record."""
        told: list[str] = []
        names, missing = self._environment.names, self._missing
        for name in self._names:
            names[name] = SCOPES[name](facts, self._scenario, missing)
        body, sdp = step.body, step.sdp
        if self._sdp is not None and sdp is not None:
            sdp = Sdp(self._sdp.fill(told), sdp.codecs, sdp.direction)
        elif self._body is not None:
            body = self._body.fill(told)
        # In place of dataclasses.replace, which costs as much as a whole template.
        filled = Respond(
            step.status,
            step.reason if self._reason is None else self._reason.fill_line(told),
            step.headers if self._headers is None else _fields(self._headers, told),
            step.omit,
            step.kind,
            body,
            sdp,
            step.media,
            step.beside if self._beside is None else _fields(self._beside, told),
            step.fault,
            None,
            step.terms,
            step.to,
            step.reliable,
        )
        return filled, told

    def _missing(self, name: str) -> object:
        return self._environment.missing(name=name)


def _fields(fields: tuple[Field, ...], told: list[str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        [
            (name, value if isinstance(value, bytes) else value.fill_line(told))
            for name, value in fields
        ]
    )


def compile_filling(
    step: Respond, scenario: str, states: frozenset[str], note: Note, body: bool
) -> Filling:
    """Return what fills in the templates of a response; see `responder.scenario.filling`."""
    described = b"\r\n" in (step.body or b"") or step.sdp is not None
    environment = Sandbox("\r\n" if described else "\n")
    names: set[str] = set()

    def compiled(value: bytes | None, name: str, key: tuple[str, ...]) -> Template | None:
        if value is None or not is_template(value):
            return None
        text = value.decode()
        try:
            tree = environment.parse(text)
            found = list(faults(tree, states, environment.filters, environment.tests))
        except TemplateSyntaxError as fault:
            where = f" in its line {fault.lineno}" if "\n" in text else ""
            found = [f"this is no template{where}: {(fault.message or '').rstrip('.')}"]
        except RecursionError:
            found = ["this template is nested too deeply"]
        wrong = list(dict.fromkeys(found))
        for sentence in wrong:
            note(key, f"{key[-1]}: {sentence}")
        if wrong:
            return None
        tree = environment.parse(text)
        names.update(meta.find_undeclared_variables(tree) & SCOPES.keys())
        return Template(environment, text, name)

    def fields(lines: tuple[tuple[bytes, bytes], ...]) -> tuple[Field, ...] | None:
        if not any(is_template(value) for _, value in lines):
            return None
        made: list[Field] = []
        for written, value in lines:
            name = written.decode()
            made.append((written, compiled(value, f"header {name}", ("headers", name)) or value))
        return tuple(made)

    reason = compiled(step.reason, "reason", ("reason",))
    headers, beside = fields(step.headers), fields(step.beside)
    text = compiled(step.body, "body", ("body",)) if body else None
    sdp = compiled(None if step.sdp is None else step.sdp.text, "sdp", ("sdp",))
    return Filling(environment, scenario, names, reason, headers, beside, text, sdp)
