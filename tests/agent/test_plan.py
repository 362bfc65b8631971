"""A plan, and what scenarios make of it."""

from responder.agent.plan import Plan, by_scenarios
from responder.fault_files import FaultFiles
from responder.net.listen import Listen, parse_listen
from responder.scenario.compiler import Compiled, Files, compile_scenarios
from responder.scenario.loader import load
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users


def compiled(text: str) -> Compiled:
    files = Files(lambda *_: b"", lambda *_: "", FaultFiles())
    return compile_scenarios([load(text, "x.yaml", "x")], files)


def test_a_scenario_says_what_a_plan_leaves_open() -> None:
    said = "{seed: 7, timers: {t1: 100ms}, users: {ann: pw}, impair: {duplicate: 1}, rules: []}"
    plan = by_scenarios(Plan(), compiled(said))
    assert plan.seed == 7
    assert plan.timing == Timing(t1=0.1)
    assert [each.duplicate for each in plan.impairments] == [1]
    assert plan.authentication.users.everyone is False
    assert plan.rules is not None


def test_what_was_asked_for_goes_before_it() -> None:
    own = Users([("bob", "pw")])
    plan = by_scenarios(Plan(seed=1), compiled("{seed: 7, users: {ann: pw}, rules: []}"), own)
    assert plan.seed == 1
    assert plan.authentication.users is own


def test_a_scenario_that_says_nothing_changes_nothing() -> None:
    plan = by_scenarios(Plan(), compiled("rules: []"))
    assert (plan.seed, plan.timing, plan.authentication.users) == (None, Timing(), EVERYONE)
    assert plan.registering == Plan().registering


def listening(text: str) -> Compiled:
    files = Files(lambda *_: b"", lambda *_: "", FaultFiles(), parse_listen)
    return compile_scenarios([load(text, "x.yaml", "x")], files)


def test_a_scenario_listens_in_place_of_the_usual_and_beside_what_was_asked_for() -> None:
    said = listening("listen: {a: 'udp:127.0.0.1:0', b: 'tcp:127.0.0.1:5062'}")
    named = [Listen("udp", "127.0.0.1", 0, "a"), Listen("tcp", "127.0.0.1", 5062, "b")]
    assert by_scenarios(Plan(), said).listens == named
    own = Listen("udp", "127.0.0.1", 5070)
    assert by_scenarios(Plan(listens=(own,)), said).listens == [own, *named]
    assert by_scenarios(Plan(listens=(own,)), listening("{}")).listens == (own,)
