"""Scenarios of a command: what a person is told before anything starts."""

from pathlib import Path

import click
import pytest

from responder.cli.scenarios import UNUSABLE, usable_scenarios


def test_what_is_odd_is_told_and_the_scenario_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text("rules: [{respond: 402}]")
    assert len(usable_scenarios([path]).rules.rules) == 1
    assert capsys.readouterr().err == f"{path}:1:10: warning: 402 is reserved (RFC 3261)\n"


def test_what_is_wrong_is_told_and_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("rules: 1")
    with pytest.raises(click.exceptions.Exit) as ended:
        usable_scenarios([path])
    assert ended.value.exit_code == UNUSABLE
    assert capsys.readouterr().err == f"{path}:1:8: rules: found 1, expected a list\n"
