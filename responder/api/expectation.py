"""A rule that a program writes: which requests, how often, and what they get."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Protocol, Self, TypeAlias, TypeVar

from responder.api.spot import Spot, spot
from responder.api.written import table
from responder.rulebook import Added, Rulebook
from responder.scenario.findings import BadScenario, Finding
from responder.scenario.rules import Rule
from responder.scenario.yaml_text import Table

T = TypeVar("T")

Step: TypeAlias = int | str | Mapping[str, object]
"""A step as scenario files write it: a status, ``silent``, or a mapping (``{"wait": "2s"}``)."""

Steps: TypeAlias = Step | Sequence[Step]
"""What one request gets: a step, or several that are carried out in order."""


class Owner(Protocol):
    """The responder that a rule is for."""

    rulebook: Rulebook

    def ask(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns, called where nothing changes meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was said of a rule so far.

    Attributes:
        given: its keys but for those of the answer.
        answer: ``respond``, or ``sequence`` and what goes with it; empty while nothing was said.
        times: how many requests it answers; None for any number.
        name: what it is called; empty for its line.
    """

    given: Table
    answer: Table
    times: int | None = None
    name: str = ""


class Expectation:
    """A rule of a running responder. It answers from the moment that it is told what to respond.

    Every method returns the expectation itself, and may be called again: what is said last holds.
    Each raises `BadScenario` for what cannot be, at its own line.
    """

    def __init__(self, owner: Owner, match: Mapping[str, object], at: Spot) -> None:
        __tracebackhide__ = True
        self._owner = owner
        self._at = at
        self._scenario = at.stem[:64]
        self._removed = False
        self._draft = Draft(table({"match": match} if match else {}, at.place), Table(at.place))
        self._compile(self._draft, at)

    def __repr__(self) -> str:
        return f"<Expectation {self.name or 'without an answer'} ({self.place})>"

    @property
    def place(self) -> str:
        """Where it is written, as ``file:line``."""
        return self._at.line

    @property
    def name(self) -> str:
        """What the record calls it, such as ``test_trunk/line 12``; empty before it answers."""
        name = self._draft.name
        return f"{self._scenario}/{name}" if name else ""

    @property
    def answered(self) -> int:
        """How many requests it has answered, retransmissions not counted."""
        uses = self._owner.ask(self._owner.rulebook.uses)
        return next((use.answered for use in uses if use.name == self.name), 0)

    @property
    def complete(self) -> bool:
        """Whether it was told what to respond, or was removed."""
        return self._removed or bool(self._draft.answer)

    def named(self, name: str) -> Self:
        """Have the record and the Server field call it so."""
        __tracebackhide__ = True
        at = spot()
        self._compile(replace(self._draft, name=name), at)
        book = self._owner.rulebook
        if not self._owner.ask(lambda: book.claim(f"{self._scenario}/{name}")):
            raise _bad(at, f'name: another rule is called "{name}" already')
        return self._say(at, replace(self._draft, name=name))

    def once(self) -> Self:
        """Answer one request; what comes after it is for the rules behind this one."""
        __tracebackhide__ = True
        return self._say(spot(), replace(self._draft, times=1))

    def times(self, count: int) -> Self:
        """Answer so many requests; what comes after them is for the rules behind this one."""
        __tracebackhide__ = True
        return self._say(spot(), replace(self._draft, times=count))

    def respond(
        self,
        steps: Steps = 200,
        *,
        reason: str | None = None,
        headers: Mapping[str, object] | None = None,
        body: str | Mapping[str, object] | None = None,
        sdp: str | Mapping[str, object] | None = None,
        media: str | Mapping[str, object] | None = None,
        after: str | float | Mapping[str, object] | None = None,
        fault: str | Mapping[str, object] | Sequence[object] | None = None,
        **keys: object,
    ) -> Self:
        """Say what each request gets.

        Args:
            steps: a status, or a list of steps; the other arguments go with a status alone.
            reason: the phrase, in place of the usual one.
            headers: header fields by name, as in scenario files.
            body: a body.
            sdp: the session description.
            media: what the caller hears.
            after: how long to wait before, such as ``2s``.
            fault: what goes wrong with it on purpose.
            keys: further keys of a status step.
        """
        __tracebackhide__ = True
        at = spot()
        named = {
            "reason": reason,
            "headers": headers,
            "body": body,
            "sdp": sdp,
            "media": media,
            "after": after,
            "fault": fault,
        }
        more = {key: value for key, value in named.items() if value is not None} | keys
        if more and not isinstance(steps, int):
            raise _bad(at, f'"{next(iter(more))}" goes with a single status: put it into its step')
        value: object = {"status": steps, **more} if more else steps
        return self._say(at, replace(self._draft, answer=table({"respond": value}, at.place)))

    def sequence(self, *attempts: Steps, per: str | None = None, then: str | None = None) -> Self:
        """Say what successive requests get, one after another.

        Args:
            attempts: for each what it gets; ``{"times": 2, "respond": 503}`` is for two of them.
            per: whose requests are counted together, such as ``from.user``.
            then: what follows: ``repeat-last``, ``cycle`` or ``unmatched``.
        """
        __tracebackhide__ = True
        at = spot()
        parts = [
            each if isinstance(each, Mapping) and "respond" in each else {"respond": each}
            for each in attempts
        ]
        said = {"sequence": parts, "per": per, "then": then}
        answer = {key: value for key, value in said.items() if value is not None}
        return self._say(at, replace(self._draft, answer=table(answer, at.place)))

    def with_keys(self, **keys: object) -> Self:
        """Set further keys of a rule as scenario files have them, such as ``authenticate=True``."""
        __tracebackhide__ = True
        at = spot()
        given = Table(self._at.place)
        for each in (self._draft.given, table(keys, at.place)):
            _add(given, each)
        return self._say(at, replace(self._draft, given=given))

    def remove(self) -> None:
        """Have it answer no longer."""
        self._removed = True
        self._owner.ask(lambda: self._owner.rulebook.remove(self))

    def _say(self, at: Spot, draft: Draft) -> Self:
        """Have the responder answer by what has been said."""
        __tracebackhide__ = True
        book = self._owner.rulebook
        if draft.answer and not draft.name:
            line = f"line {self._at.place.line}"
            draft = replace(
                draft, name=self._owner.ask(lambda: book.free_name(self._scenario, line))
            )
        rule = self._compile(draft, at)
        self._draft = draft
        if draft.answer:
            self._owner.ask(lambda: book.put(self, Added(rule, draft.times)))
        return self

    def _compile(self, draft: Draft, at: Spot) -> Rule:
        """Return the rule of a draft, by the models that files go through."""
        __tracebackhide__ = True
        answer = draft.answer or table({"respond": 200}, at.place)
        if draft.times is not None:
            if "sequence" in answer:
                raise _bad(at, "a sequence counts its requests by itself: leave out times")
            part = Table(at.place)
            part.put("times", at.place, draft.times, at.place)
            _add(part, answer)
            answer = table({"sequence": [part], "then": "unmatched"}, at.place)
        rule = table({"name": draft.name} if draft.name else {}, at.place)
        _add(rule, draft.given)
        _add(rule, answer)
        rule.place = self._at.place
        around: dict[str, object] = {"scenario": self._scenario, "rules": [rule]}
        if self._owner.rulebook.listeners:
            around["listen"] = self._owner.rulebook.listeners
        data = table(around, self._at.place)
        # Not at the top: pydantic and ruamel.yaml take longer to import than all the rest.
        loader = import_module("responder.scenario.loader")
        files = import_module("responder.agent.scenario_files")
        try:
            loaded = loader.model_of(data, self._at.file, self._scenario)
            made: Rule = files.read_scenarios([loaded]).rules.rules[0]
        except BadScenario as bad:
            # Raised anew, so that a report shows the line of the program and not those of ours.
            raise BadScenario(bad.findings) from None
        return made


def _add(to: Table, more: Table) -> None:
    for key, (at, value_at) in more.places.items():
        to.put(key, at, more[key], value_at)


def _bad(at: Spot, text: str) -> BadScenario:
    return BadScenario([Finding(at.file, at.place, text)])
