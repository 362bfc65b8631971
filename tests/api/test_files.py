"""The scenarios of a responder: paths, text, values, or several of them."""

import warnings
from pathlib import Path

import pytest

from responder.api.files import Scenarios, ScenarioWarning, compiled
from responder.scenario.findings import BadScenario
from tests.api.calls import HERE

RULES = "rules: [{name: busy, respond: 486}]"


def names(scenarios: Scenarios) -> list[tuple[str, str]]:
    rules = compiled(scenarios, HERE).rules.rules
    return [(rule.program.name, rule.place) for rule in rules]


def test_a_path_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trunk.yaml"
    path.write_text(RULES)
    for each in (path, str(path), tmp_path):
        assert names(each) == [("trunk/busy", f"{path}:1")]


def test_text_is_a_scenario() -> None:
    assert names(RULES) == [("test_pbx/busy", "<text>:1")]
    assert names("scenario: s\nrules:\n- respond: 486\n") == [("s/rule 1", "<text>:3")]


def test_values_are_a_scenario() -> None:
    values = {"rules": [{"name": "busy", "respond": 486}]}
    assert names(values) == [("test_pbx/busy", "test_pbx.py:7")]


def test_several_stand_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(RULES)
    several: Scenarios = [path, {"rules": [{"respond": 480}]}, {"rules": [{"respond": 481}]}]
    assert [name for name, _ in names(several)] == [
        "a/busy",
        "test_pbx 2/rule 1",
        "test_pbx 3/rule 1",
    ]
    assert names([]) == []


def test_what_is_wrong_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match=r"nowhere\.yaml: no such file or directory"):
        compiled(tmp_path / "nowhere.yaml", HERE)
    with pytest.raises(BadScenario, match=r"^<text>:2:14: respond: found 99,"):
        compiled("rules:\n - {respond: 99}", HERE)
    with pytest.raises(BadScenario, match=r'^test_pbx\.py:7:5: unknown key "rule" in a scenario'):
        compiled({"rule": []}, HERE)


def test_what_is_odd_is_a_warning() -> None:
    with pytest.warns(ScenarioWarning, match=r"^<text>:1:10: warning: 402 is reserved"):
        compiled("rules: [{respond: 402}]", HERE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(RULES, HERE)
