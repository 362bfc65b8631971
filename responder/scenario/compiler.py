"""Scenarios compiled: models to the rules and programs that the engine runs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from responder.scenario.expect import Expectation
from responder.scenario.faults import BadFault, Faults
from responder.scenario.findings import BadScenario, Finding
from responder.scenario.lint import lint
from responder.scenario.listeners import listeners
from responder.scenario.loader import Loaded
from responder.scenario.model import RuleShape
from responder.scenario.rules import Rule, Rules
from responder.scenario.step_list import compile_steps
from responder.scenario.step_model import Path, Surroundings
from responder.scenario.steps import Program, Respond, Step
from responder.scenario.when_model import Around
from responder.sip.settings import Registering, Timing
from responder.sip.users import EVERYONE, BadUsers, Users, parse_users

NOT_DIALLED: Final = 404
"""What a request gets that no rule matches where dialling is turned off and nothing else said."""


@dataclass(frozen=True, slots=True)
class Files:
    """How scenarios get at the files that they name.

    Attributes:
        read: returns the bytes of a file; raises OSError.
        locate: returns the path of one with audio from where the process stands; raises OSError,
            or ValueError with a clause that says why it is no audio.
        faults: reads what scenarios say of faults.
        address: reads an address to listen on; raises ValueError.
        verdicts: the verdicts on callers that can be expected, with the words for each.

    The first two take the scenario's own file and the name that it gives.
    """

    read: Callable[[str, str], bytes]
    locate: Callable[[str, str], str]
    faults: Faults
    address: Callable[[str], object] = str
    verdicts: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What scenarios come to, taken together.

    Attributes:
        rules: what answers which request.
        seed: for random choices; None if no file names one.
        timing: the timer values for all that no rule answers; None for the usual ones.
        impairments: what impairs all traffic, in the order of the files.
        users: whose credentials fit; None if no file says.
        registering: what the registrar grants; None if no file says.
        listens: where to listen: names, and addresses as they were read.
        expectations: what the files expect of a run, in their order.
        findings: what is odd and no error.
    """

    rules: Rules
    seed: int | None
    timing: Timing | None
    impairments: tuple[object, ...]
    users: Users | None
    registering: Registering | None
    listens: tuple[tuple[str, object], ...]
    expectations: tuple[Expectation, ...]
    findings: tuple[Finding, ...]


def compile_scenarios(files: Sequence[Loaded], outside: Files) -> Compiled:
    """Return the rules of some files, in the order given, and what they say of all requests.

    What two files say differently of all requests (``unmatched``, ``dial``, ``seed``, ``users``,
    ``registrar``) is an error.
    Timer values hold for the rules of their own file, and for all else where all files agree.

    Raises:
        BadScenario: with everything that is wrong with them.
    """
    found: list[Finding] = []
    found += _same_names(files)
    expectations: list[Expectation] = []
    rules = [rule for loaded in files for rule in _compile(loaded, outside, found, expectations)]
    impairments = [each for loaded in files for each in _impairments(loaded, outside, found)]
    listens = listeners(files, outside.address, found)
    for loaded in files:
        found += lint(loaded)
    seed = _agreed(files, "seed", found)
    assert not isinstance(seed, str)
    unmatched = _agreed(files, "unmatched", found)
    dial = _agreed(files, "dial", found)
    users = _users(_first(files, "users", found), outside, found)
    granted = _first(files, "registrar", found)
    order = {loaded.file: place for place, loaded in enumerate(files)}
    found.sort(key=lambda finding: (order[finding.file], finding.place))
    if any(not finding.warning for finding in found):
        raise BadScenario(found)
    status = unmatched if isinstance(unmatched, int) else None
    if dial is False and status is None:
        status = NOT_DIALLED
    answer = None if status is None else Program("", ((Respond(status),),))
    dials = status is None or dial is True
    timings = {_timing(loaded) for loaded in files}
    timing = timings.pop() if len(timings) == 1 else None
    registrar = None if granted is None else granted.scenario.registrar
    registering = None if registrar is None else registrar.registering()
    states = {
        (loaded.name, name): value
        for loaded in files
        for name, value in (loaded.scenario.state or {}).items()
    }
    compiled = Rules(tuple(rules), dials, answer, states)
    return Compiled(
        compiled,
        seed,
        timing,
        tuple(impairments),
        users,
        registering,
        listens,
        tuple(expectations),
        tuple(found),
    )


def _timing(loaded: Loaded) -> Timing | None:
    timers = loaded.scenario.timers
    return None if timers is None else timers.timing()


def _ordered(timing: Timing | None, note: Callable[[str], None]) -> None:
    if timing is not None and timing.t1 > timing.t2:
        note(f"t1 ({timing.t1:g} s) is longer than t2 ({timing.t2:g} s)")


def _impairments(loaded: Loaded, outside: Files, found: list[Finding]) -> Iterator[object]:
    written = loaded.scenario.impair
    listed = isinstance(written, list)
    for place, each in enumerate(written if isinstance(written, list) else [written]):
        if each is None:
            continue
        try:
            yield outside.faults.impairment(each)
        except BadFault as bad:
            path = ("impair", *([place] if listed else []), *bad.path)
            found.append(Finding(loaded.file, loaded.place(path), str(bad)))


def _same_names(files: Sequence[Loaded]) -> Iterable[Finding]:
    seen: dict[str, Loaded] = {}
    for loaded in files:
        other = seen.setdefault(loaded.name, loaded)
        if other is not loaded:
            where = loaded.place(("scenario",))
            yield Finding(
                loaded.file, where, f'the scenario of {other.file} is called "{loaded.name}" too'
            )


def _agreed(files: Sequence[Loaded], key: str, found: list[Finding]) -> int | str | bool | None:
    """Return what the files say of all requests; a contradiction names both places."""
    first: Loaded | None = None
    value: int | str | bool | None = None
    for loaded in files:
        said = getattr(loaded.scenario, key)
        if said is None:
            continue
        if first is None:
            first, value = loaded, said
        elif said != value:
            text = f"{key} is {_yaml(said)} here and {_yaml(value)} in {first.line((key,))}"
            found.append(
                Finding(loaded.file, loaded.place((key,)), f"{text}: it holds for all files")
            )
    return value


def _first(files: Sequence[Loaded], key: str, found: list[Finding]) -> Loaded | None:
    """Return the first file that has a key; another that says something else is told of.

    What they say is not: it may be passwords.
    """
    first: Loaded | None = None
    for loaded in files:
        said = getattr(loaded.scenario, key)
        if said is None:
            continue
        if first is None:
            first = loaded
        elif said != getattr(first.scenario, key):
            text = f"{key} is another one than in {first.line((key,))}: it holds for all files"
            found.append(Finding(loaded.file, loaded.place((key,)), text))
    return first


def _users(loaded: Loaded | None, outside: Files, found: list[Finding]) -> Users | None:
    """Return the table that a file names or holds."""
    said = None if loaded is None else loaded.scenario.users
    if loaded is None or said is None:
        return None
    if isinstance(said, dict):
        return Users(said.items())
    if said == "any":
        return EVERYONE
    try:
        return parse_users(outside.read(loaded.file, said).decode("utf-8-sig"))
    except OSError as fault:
        text = f'"{said}" cannot be read: {fault.strerror}'
    except UnicodeDecodeError:
        text = f'"{said}" is not in UTF-8'
    except BadUsers as fault:
        text = f"{said}: {fault}"
    found.append(Finding(loaded.file, loaded.place(("users",)), text))
    return None


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compile(
    loaded: Loaded, outside: Files, found: list[Finding], expectations: list[Expectation]
) -> Iterable[Rule]:
    states = loaded.scenario.state or {}
    rules = [rule.name or f"rule {n}" for n, rule in enumerate(loaded.scenario.rules, 1)]

    def note(path: Path, text: str) -> None:
        found.append(Finding(loaded.file, loaded.place(path), text))

    surroundings = Surroundings(
        read=lambda name: outside.read(loaded.file, name),
        locate=lambda name: outside.locate(loaded.file, name),
        note=note,
        faults=outside.faults,
        around=Around(loaded.name, states, frozenset(rules), loaded.line, note),
    )
    expectations += [
        each.compiled(surroundings.around, outside.verdicts, ("expect", place))
        for place, each in enumerate(loaded.scenario.expect)
    ]
    timing = _timing(loaded)
    _ordered(timing, lambda text: note(("timers",), text))
    names: dict[str, Path] = {}
    for place, rule in enumerate(loaded.scenario.rules):
        at: Path = ("rules", place)
        name = rules[place]
        other = names.setdefault(name, at)
        if other != at:
            line = loaded.place((*other, "name")).line
            surroundings.note((*at, "name"), f'the rule in line {line} is called "{name}" too')
        yield _rule(loaded, rule, place, f"{loaded.name}/{name}", timing, surroundings)


def _rule(
    loaded: Loaded,
    rule: RuleShape,
    place: int,
    name: str,
    timing: Timing | None,
    surroundings: Surroundings,
) -> Rule:
    attempts: list[tuple[Step, ...]] = []
    around = surroundings.around
    at: Path = ("rules", place)
    written = (loaded.data, place)
    begins = () if rule.set is None else (rule.set.compiled(around, (*at, "set")),)
    for times, steps, where in rule.parts():
        attempts += [begins + compile_steps(steps, surroundings, (*at, *where))] * times
    program = Program(
        name,
        tuple(attempts),
        timing=timing if rule.timers is None else rule.timers.timing(timing or Timing()),
        per=rule.per or "rule",
        then=rule.then or "repeat-last",
        challenge=None if rule.authenticate is None else rule.authenticate.challenge(),
    )
    if rule.timers is not None:
        _ordered(program.timing, lambda text: surroundings.note((*at, "timers"), text))
    when = () if rule.when is None else rule.when.circumstances(around, (*at, "when"))
    match = rule.match
    if match is None:
        return Rule(
            program, place=loaded.line(at), when=when, scenario=loaded.name, written=written
        )
    conditions = match.conditions(loaded.line, (*at, "match"))
    line = loaded.line(at)
    return Rule(program, match.methods, match.user, conditions, line, when, loaded.name, written)
