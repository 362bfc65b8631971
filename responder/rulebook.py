"""The rules that answer: those that a program adds while it runs, then those of files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from responder.journal.record import Record
from responder.queries import nearest, rule_of
from responder.report.misses import described, lines, misses_of, nearest_rule
from responder.scenario.rules import Rule, Rules
from responder.stack import Stack

Of: TypeAlias = Literal["all", "added", "files"]
"""Which rules are looked at: all; those that the program added; those of files, where it counts
what they did before a reset too."""


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule, and how often it was used.

    Attributes:
        name: what the record calls it, such as ``trunk/first``.
        place: where it is written, as ``file:line``.
        answered: how many requests it answered, retransmissions not counted.
        times: how many it is to answer; None for one or more.
    """

    name: str
    place: str
    answered: int
    times: int | None

    @property
    def used(self) -> bool:
        """Whether it answered what it was to answer."""
        return self.answered > 0 if self.times is None else self.answered == self.times


@dataclass(slots=True)
class Added:
    """A rule that a program added.

    Attributes:
        rule: the rule.
        times: how many requests it answers; None for any number.
    """

    rule: Rule
    times: int | None = None


class Rulebook:
    """All rules of one responder, in their order. It lives on the responder's event loop.

    Rules that answer a limited number of requests go first, in the order in which they were added;
    then come the others that were added, the latest first, so that a test overrules what was set up
    for it; then those of files. A rule that stands in for one of a file is tried in its place.

    Attributes:
        listeners: the addresses that scenarios give a name, by their names.
        revision: grows whenever there are other rules.
    """

    def __init__(self, stack: Stack, listeners: Mapping[str, str] = MappingProxyType({})) -> None:
        self.listeners = listeners
        self.revision = 0
        self._stack = stack
        self._files = stack.uas.rules
        self._added: dict[object, Added] = {}
        self._instead: dict[str, Rule] = {}
        self._around: dict[str, Rules] = {}
        self._names: set[str] = {rule.program.name for rule in self._files.rules}
        self._counts: Counter[str] = Counter()
        self._ever: set[str] = set()
        self._strangers = 0
        self._counted = 0

    def free_name(self, scenario: str, name: str) -> str:
        """Return a name that no rule has had, made of this one."""
        found, number = name, 1
        while f"{scenario}/{found}" in self._names:
            number += 1
            found = f"{name} #{number}"
        self._names.add(f"{scenario}/{found}")
        return found

    def claim(self, name: str) -> bool:
        """Take a name for a rule; return whether it was free."""
        if name in self._names:
            return False
        self._names.add(name)
        return True

    def put(self, owner: object, added: Added) -> None:
        """Add a rule, or put it in the place of the one that ``owner`` had."""
        self._added[owner] = added
        self._names.add(added.rule.program.name)
        self._apply()

    def remove(self, owner: object) -> None:
        """Take the rule of ``owner`` out, if it has one."""
        if self._added.pop(owner, None) is not None:
            self._apply()

    def include(self, scenario: str, rules: Rules) -> None:
        """Add the rules of a scenario, in their order, before those that are there.

        What it says of its states, and of requests that no rule matches, holds until `reset`.

        Args:
            scenario: its name; what one of this name said before holds no longer.
            rules: what it comes to.
        """
        for rule in reversed(rules.rules):
            self._added[rule.program.name] = Added(rule)
            self._names.add(rule.program.name)
            self._begin_anew(rule.program.name)
        if rules.states or rules.unmatched is not None:
            self._around.pop(scenario, None)
            self._around[scenario] = rules
        self._apply()

    def replace(self, rule: Rule) -> None:
        """Have a rule answer in the place of the one of its name.

        Raises:
            LookupError: there is none.
        """
        name = rule.program.name
        owner = self._owner(name)
        if owner is not None:
            self._added[owner] = Added(rule)
        elif any(each.program.name == name for each in self._files.rules):
            self._instead[name] = rule
        else:
            raise LookupError(name)
        self._begin_anew(name)
        self._apply()

    def take_out(self, name: str) -> bool:
        """Take out the rule of a name that was added, or give a file's rule its place back.

        Returns:
            Whether there was such a rule.
        """
        self._begin_anew(name)
        owner = self._owner(name)
        if owner is not None:
            self.remove(owner)
            return True
        if self._instead.pop(name, None) is not None:
            self._apply()
            return True
        return False

    def is_added(self, name: str) -> bool:
        """Whether the rule of a name was added at run time, or stands in for one of a file."""
        return name in self._instead or self._owner(name) is not None

    @property
    def overrides(self) -> list[str]:
        """The names of the rules that are not those of files, in their order."""
        return [name for rule in self.rules if self.is_added(name := rule.program.name)]

    def adopt(self, files: Rules) -> None:
        """Have other rules of files; those that were added stay.

        One that stood in for a rule that is gone is tried before the files from then on.
        """
        self._files = files
        written = {rule.program.name for rule in files.rules}
        for name in [name for name in self._instead if name not in written]:
            self._added[name] = Added(self._instead.pop(name))
        self._names |= written
        self._apply()

    def reset(self) -> None:
        """Take out what was added, and forget what was counted."""
        self.count()
        self._ever.update(name for name, count in self._counts.items() if count)
        self._added.clear()
        self._instead.clear()
        self._around.clear()
        self._names = {rule.program.name for rule in self._files.rules}
        self._counts.clear()
        self._strangers = 0
        self._apply()

    def count(self) -> None:
        """Count the requests that came since the last time, by the rules that answered them."""
        records = self._stack.journal.records
        for record in reversed(records):
            if record.number <= self._counted:
                break
            self._count(record)
        if records:
            self._counted = records[-1].number

    def leave(self, record: Record) -> None:
        """Count a request whose record is about to be dropped, if it was not; oldest first."""
        if record.number > self._counted:
            self._count(record)
            self._counted = record.number

    def _count(self, record: Record) -> None:
        self._counts[rule_of(record, self._names)] += 1
        self._strangers += self.is_unmatched(record)

    def uses(self) -> list[RuleUse]:
        """Return every rule, in their order, with what it was used for."""
        self.count()
        times = {id(added.rule): added.times for added in self._added.values()}
        return [
            RuleUse(
                rule.program.name,
                rule.place,
                self._counts[rule.program.name],
                times.get(id(rule)),
            )
            for rule in self.rules
        ]

    def unmatched(self) -> list[Record]:
        """Return the records of requests that no rule matched and nothing dialled answered.

        Without any rule there is nothing to match.
        """
        return [record for record in self._stack.journal.records if self.is_unmatched(record)]

    def is_unmatched(self, record: Record) -> bool:
        """Whether no rule matched a request and nothing that was dialled answered it."""
        if record.unmatched:
            return True
        request = record.request
        rules = self._stack.uas.rules
        if request is None or record.rule != "dial" or not rules.rules:
            return False
        return rules.wanting(request.method) and rules.dialled(request).program is None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in their order."""
        return self._stack.uas.rules.rules

    def _owner(self, name: str) -> object:
        """Return whose rule has a name among those that were added; None for nobody's."""
        for owner, added in self._added.items():
            if added.rule.program.name == name:
                return owner
        return None

    def _begin_anew(self, name: str) -> None:
        """Have the sequence of a rule begin at its beginning: it is another one from now on."""
        self._stack.uas.engine.attempts.forget(name)

    def _apply(self) -> None:
        self.count()
        limited = [each.rule for each in self._added.values() if each.times is not None]
        others = [each.rule for each in self._added.values() if each.times is None]
        files = self._files
        written = [self._instead.get(rule.program.name, rule) for rule in files.rules]
        states = dict(files.states)
        last = files
        for rules in self._around.values():
            states |= rules.states
            if rules.unmatched is not None:
                last = rules
        self.revision += 1
        self._stack.adopt(
            Rules((*limited, *reversed(others), *written), last.dials, last.unmatched, states)
        )

    # What is wrong, for people

    def unused_lines(self, of: Of = "all") -> Iterator[str]:
        """Yield what there is to say of rules that did not answer what they were to answer.

        Args:
            of: which rules; see `Of`.
        """
        records = list(self._stack.journal.records)
        written = {rule.program.name for rule in self._files.rules}
        for use, rule in zip(self.uses(), self.rules, strict=True):
            of_file = rule.program.name in written
            if use.used or (of == "added" and of_file) or (of == "files" and not of_file):
                continue
            if of == "files" and use.name in self._ever:
                continue
            wanted = "a request" if use.times is None else str(use.times)
            yield f"rule {use.name} ({use.place}) answered {use.answered}, expected {wanted}"
            for near in nearest(records, rule.conditions)[:1]:
                yield f"  nearest: {described(near.record)}"
                yield from (f"  {line}" for line in lines(misses_of(near.misses)))

    def unmatched_lines(self) -> Iterator[str]:
        """Yield what there is to say of requests that no rule matched."""
        self.count()
        unmatched = self.unmatched()
        for record in unmatched:
            yield f"no rule matched {described(record)}"
            yield from (f"  {line}" for line in nearest_rule(self._stack.uas.rules, record))
        dropped = self._strangers - len(unmatched)
        if dropped > 0 and self._stack.journal.evicted:
            yield f"no rule matched {dropped} more, whose records were dropped to make room"
