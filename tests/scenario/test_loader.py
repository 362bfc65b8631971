"""Scenario files of every broken kind, each with its sentences."""

import re
from pathlib import Path

import pytest

from responder.scenario.findings import BadScenario
from tests.scenario.scenarios import compiled, loaded

BROKEN = [
    block.splitlines()
    for block in (Path(__file__).parent / "broken.txt").read_text(encoding="utf-8").split("\n\n")
]


@pytest.mark.parametrize("lines", BROKEN, ids=[" / ".join(lines[:-1])[:80] for lines in BROKEN])
def test_a_broken_file_gets_its_sentences(lines: list[str]) -> None:
    text = "\n".join(line[2:] for line in lines if line.startswith("= "))
    expected = [line for line in lines if not line.startswith("= ")]
    with pytest.raises(BadScenario) as raised:
        compiled(text)
    findings = [finding for finding in raised.value.findings if not finding.warning]
    assert [str(f).removeprefix("a.yaml").removeprefix(":").lstrip() for f in findings] == expected


def test_there_are_many_kinds_of_broken_files() -> None:
    assert len(BROKEN) > 150


def test_no_sentence_shows_how_it_is_made() -> None:
    said = "\n".join(line for lines in BROKEN for line in lines if not line.startswith("= "))
    made_of = re.compile(r"pydantic|Input should|validation|ruamel|NoneType|\bdict\b|step:")
    assert made_of.search(said) is None


def test_a_place_is_that_of_a_key_and_of_an_element() -> None:
    made = loaded("scenario: x\nrules:\n  - match: {method: INVITE}\n    respond: 486\n")
    assert made.place(("rules", 0, "respond")) == (4, 5)
    assert made.place(("rules", 0, "match", "method")) == (3, 13)
    assert made.place(("rules", 0)) == (3, 5)
    assert made.line(("rules", 0, "respond")) == "f.yaml:4"
    assert made.place(("seed",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "file", "name"),
    [
        ("scenario: trunk", "x.yaml", "trunk"),
        ("{}", "flaky-trunk.yaml", "flaky-trunk"),
        ("{}", "copy (1)\t.yaml", "copy -1--"),
        ("{}", "x" * 80 + ".yaml", "x" * 64),
    ],
)
def test_a_scenario_is_called_by_its_name_or_its_file(text: str, file: str, name: str) -> None:
    assert loaded(text, file).name == name
