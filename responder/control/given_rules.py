"""Rules that were sent: what is compiled so that they become rules of a scenario."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from responder.control.bodies import BODY, misuse
from responder.control.running import Running
from responder.scenario.findings import Finding
from responder.scenario.loader import Loaded, model_of
from responder.scenario.model import RuleShape, Scenario
from responder.scenario.rules import Rule
from responder.scenario.yaml_text import Number, Row, Table

SCENARIO: Final = "runtime"
"""What the scenario of a rule is called that was sent without one."""

_FROM_A_START: Final = ("seed", "users", "registrar", "listen", "expect")
"""What a scenario says that holds for a whole process, from its start."""

_OF_A_RULE: Final = frozenset(RuleShape.key_names())
_OF_A_SCENARIO: Final = frozenset(Scenario.key_names())


@dataclass(frozen=True, slots=True)
class Given:
    """A scenario that holds what was sent.

    Attributes:
        scenario: its name.
        table: its values.
        file: what it is called where a scenario file has its name; files that it names lie beside.
        index: the place of what was sent among its rules.
        warnings: what is not taken over of what was sent.
        alone: whether nothing but one of its rules was sent.
    """

    scenario: str
    table: Table
    file: str = BODY
    index: int = 0
    warnings: Sequence[Finding] = ()
    alone: bool = False

    def load(self) -> Loaded:
        """Return it checked.

        Raises:
            BadScenario: with everything that is wrong with it.
        """
        return model_of(self.table, self.file, self.scenario)

    def of_body(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return what was found in what was sent.

        What is odd about a rule beside the others of its scenario was odd before.
        """
        return [
            Finding(BODY, each.place, each.text, each.warning)
            for each in findings
            if not (self.alone and each.warning)
        ]


def given(table: Table, running: Running) -> Given:
    """Return the scenario that was sent, or that holds the rule that was.

    A rule without a name gets one that is free.
    """
    if not _is_scenario(table):
        rules = Row(table.place)
        rules.append(table)
        rules.places.append(table.place)
        around = Table(table.place)
        around.put("scenario", table.place, SCENARIO, table.place)
        around.put("rules", table.place, rules, table.place)
        table = around
    scenario = _said(table.get("scenario")) or SCENARIO
    _name_rules(table, scenario, running)
    warnings = [
        Finding(BODY, table.places[key][0], f"{key}: it holds from a start only", warning=True)
        for key in _FROM_A_START
        if key in table
    ]
    _hear(table, running)
    return Given(scenario, table, warnings=warnings)


def new_rule(table: Table, name: str, running: Running) -> Given:
    """Return the scenario that holds a rule which was sent under a name that is new.

    Raises:
        Problem: it has another name.
    """
    scenario, slash, rule = name.rpartition("/")
    named = _named(table, rule)
    scenario = scenario if slash else SCENARIO
    others = [each.written for each in running.rulebook.rules if each.scenario == scenario]
    around = _around(table, scenario, next((each[0] for each in others if each is not None), {}))
    around.put("rules", table.place, _row(table, [named]), table.place)
    _hear(around, running)
    return Given(scenario, around)


def in_place_of(rule: Rule, table: Table, running: Running) -> Given:
    """Return the scenario of a rule with what was sent in its place.

    Raises:
        Problem: what was sent has another name.
    """
    scenario, index = rule.written if rule.written is not None else ({}, 0)
    name = rule.program.name.removeprefix(f"{rule.scenario}/")
    around = _around(table, rule.scenario, scenario)
    written = scenario.get("rules", [table])
    assert isinstance(written, list)
    others = [_stand_in(each, number, table) for number, each in enumerate(written, 1)]
    others[index] = _named(table, name)
    around.put("rules", table.place, _row(table, others), table.place)
    _hear(around, running)
    # Files that it names lie beside that of the rule.
    file = PurePath(rule.place.rpartition(":")[0]).with_name(BODY) if rule.place else BODY
    return Given(rule.scenario, around, str(file), index, alone=True)


def _around(table: Table, name: str, scenario: Mapping[str, object]) -> Table:
    """Return a scenario without rules: its name, and what it says of all its rules."""
    made = Table(table.place)
    made.put("scenario", table.place, name, table.place)
    for key in ("state", "timers"):
        if key in scenario:
            made.put(key, table.place, scenario[key], table.place)
    return made


def _is_scenario(table: Table) -> bool:
    if "rules" in table or "scenario" in table:
        return True
    return not table.keys() & _OF_A_RULE and bool(table.keys() & _OF_A_SCENARIO)


def _name_rules(table: Table, scenario: str, running: Running) -> None:
    """Give each rule without a name one that is free."""
    rules = table.get("rules")
    if not isinstance(rules, Row):
        return
    taken = {rule.program.name for rule in running.rulebook.rules}
    taken |= {f"{scenario}/{_said(each['name'])}" for each in _tables(rules) if "name" in each}
    number = 0
    for each in _tables(rules):
        if "name" in each:
            continue
        number += 1
        while f"{scenario}/rule {number}" in taken:
            number += 1
        each.put("name", each.place, f"rule {number}", each.place)


def _tables(rules: Row) -> list[Table]:
    return [each for each in rules if isinstance(each, Table)]


def _named(table: Table, name: str) -> Table:
    """Return a rule with its name.

    Raises:
        Problem: it has another one.
    """
    if "name" in table and _said(table["name"]) != name:
        found = _said(table["name"])
        raise misuse(table, "name", f'name: found "{found}", expected "{name}", as in the path')
    if "name" not in table:
        table.put("name", table.place, name, table.place)
    return table


def _stand_in(rule: object, number: int, table: Table) -> Table:
    """Return a rule that has the name of another one, and nothing else of it."""
    assert isinstance(rule, Table)
    made = Table(table.place)
    made.put("name", table.place, rule.get("name", f"rule {number}"), table.place)
    made.put("respond", table.place, 200, table.place)
    return made


def _row(table: Table, rules: Iterable[Table]) -> Row:
    row = Row(table.place)
    for each in rules:
        row.append(each)
        row.places.append(each.place)
    return row


def _hear(table: Table, running: Running) -> None:
    """Let rules ask for the listeners that there are, by their names."""
    listeners = running.rulebook.listeners
    own = table.get("listen")
    if listeners and (own is None or isinstance(own, Table)):
        heard = Table(table.place)
        for name, address in {**listeners, **(own or {})}.items():
            heard.put(name, table.place, address, table.place)
        table.put("listen", table.place, heard, table.place)


def _said(name: object) -> str:
    if isinstance(name, Number):
        return name.written
    return name.strip() if isinstance(name, str) else ""
