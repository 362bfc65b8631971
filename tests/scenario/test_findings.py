"""Places and sentences."""

import pytest

from responder.scenario.findings import WHOLE, BadScenario, Finding, Place, listed, nearest


@pytest.mark.parametrize(
    ("place", "warning", "expected"),
    [
        (Place(3, 7), False, "f.yaml:3:7: it is odd"),
        (Place(3, 7), True, "f.yaml:3:7: warning: it is odd"),
        (WHOLE, False, "f.yaml: it is odd"),
    ],
)
def test_a_finding_reads_as_compilers_write(place: Place, warning: bool, expected: str) -> None:
    assert str(Finding("f.yaml", place, "it is odd", warning)) == expected


def test_a_bad_scenario_tells_all() -> None:
    findings = [Finding("f", Place(1, 1), "a"), Finding("f", Place(2, 1), "b")]
    assert str(BadScenario(findings)) == "f:1:1: a\nf:2:1: b"
    assert BadScenario(findings).findings == tuple(findings)


@pytest.mark.parametrize(
    ("name", "expected"), [("respnd", "respond"), ("MATCH", "match"), ("zzz", None), ("", None)]
)
def test_the_nearest_name_is_found(name: str, expected: str | None) -> None:
    assert nearest(name, ["name", "match", "respond"]) == expected


def test_words_are_listed() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a or b",
        "a, b or c",
    ]
    assert listed(["a", "b"], "and") == "a and b"
