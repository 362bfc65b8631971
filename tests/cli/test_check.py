"""`responder check`: sentences with their places."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from responder.cli import commands


def check(*paths: Path | str) -> Result:
    return CliRunner().invoke(commands, ["check", *map(str, paths)])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text("rules: [{respond: 486}, {match: {method: OPTIONS}, respond: 200}]\n")
    return path


def test_a_good_file_gets_a_line_and_its_warnings(good: Path) -> None:
    result = check(good)
    assert (result.exit_code, result.stdout) == (0, "2 rules, no errors\n")
    assert result.stderr == (
        f"{good}:1:25: warning: never reached: the rule in line 1 matches all that this one does\n"
    )


def test_one_rule_is_one(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("rules: [{respond: 486}]\n")
    assert check(path).output == "1 rule, no errors\n"


def test_a_bad_file_is_status_2_and_all_its_sentences(good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("rules:\n  - respnd: 486\n  - respond: 4860\n")
    result = check(good, bad)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[:2] == [
        f'{bad}:2:5: unknown key "respnd" in a rule; did you mean "respond"?',
        f"{bad}:3:14: respond: found 4860, expected a status from 100 to 699",
    ]


def test_it_wants_a_file() -> None:
    assert check().exit_code == 2
