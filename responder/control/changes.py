"""What has changed since somebody last looked, by looking: nothing is noted while calls go on."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from responder.control.running import Running
from responder.journal.record import Record

MOST: Final = 100
"""Calls that are told of one by one, the latest ones; of the others how many they are."""

Mark: TypeAlias = tuple[int, int, float | None, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found.

    Attributes:
        records: the calls that are new or other than before, latest first.
        left_out: how many more there were.
        kinds: what else is other than before: ``rules``, ``faults``, ``state``, ``reload``,
            ``reset``.
    """

    records: list[Record]
    left_out: int
    kinds: list[str]


class Changes:
    """Looks at a responder again and again.

    A look costs what is new and what goes on: a call that is over is not looked at again.

    Attributes:
        open: the calls that go on, by their numbers.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._number = max((each.number for each in running.journal.records), default=0)
        self.open = {
            each.number: (each, _mark(each))
            for each in running.journal.records
            if each.ended is None
        }
        self._things = self._look_at_things()

    def look(self) -> Seen:
        """Return what is other than at the look before."""
        before, self._things = self._things, self._look_at_things()
        if before["reset"] != self._things["reset"]:
            # What goes on from before is in no record any more.
            self.open.clear()
        found = self._new_records()
        for number, (record, mark) in list(self.open.items()):
            now = _mark(record)
            if now != mark:
                found.append(record)
                self._keep(number, record, now)
        for record in self._fresh:
            self._keep(record.number, record, _mark(record))
        found.sort(key=lambda record: -record.number)
        kinds = [kind for kind, thing in self._things.items() if thing != before[kind]]
        return Seen(found[:MOST], max(0, len(found) - MOST), kinds)

    def _new_records(self) -> list[Record]:
        self._fresh: list[Record] = []
        for record in reversed(self._running.journal.records):
            if record.number <= self._number:
                break
            self._fresh.append(record)
        if self._fresh:
            self._number = self._fresh[0].number
        return list(self._fresh)

    def _keep(self, number: int, record: Record, mark: Mark) -> None:
        if record.ended is None and not record.evicted:
            self.open[number] = (record, mark)
        else:
            self.open.pop(number, None)

    def _look_at_things(self) -> dict[str, object]:
        running = self._running
        return {
            "reset": running.journal.cleared,
            "rules": running.rulebook.revision,
            "faults": running.stack.impairments,
            "reload": running.files.latest if running.files is not None else None,
            "state": dict(running.stack.uas.engine.situation.values),
        }


def _mark(record: Record) -> Mark:
    """Return what is another one when something was added to a record."""
    return record.size, record.left_out, record.ended, record.failed
