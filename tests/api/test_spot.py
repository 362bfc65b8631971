"""Where a program called: its file, line and column."""

from pathlib import Path

import pytest

from responder.api.spot import Spot, spot
from responder.scenario.findings import Place

SOURCE = """\
def ask(spot):
    return 1, spot()
"""


def in_file(file: str, module: str = "user") -> Spot:
    """Return the spot of a call in the second line of a file."""
    names: dict[str, object] = {"__name__": module}
    exec(compile(SOURCE, file, "exec"), names)
    ask = names["ask"]
    assert callable(ask)
    found = ask(spot)[1]
    assert isinstance(found, Spot)
    return found


def test_it_is_the_line_and_column_of_the_call() -> None:
    found = in_file("pbx.py")
    assert found == Spot("pbx.py", Place(2, 15))
    assert (found.line, found.stem) == ("pbx.py:2", "pbx")


def test_a_file_below_the_working_directory_is_seen_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_file(str(tmp_path / "tests" / "a.py")).file == str(Path("tests", "a.py"))
    elsewhere = str(tmp_path.parent / "b.py")
    assert in_file(elsewhere).file == elsewhere


def test_what_belongs_to_the_responder_is_passed_over() -> None:
    found = in_file("own.py", "responder.api.own")
    assert Path(found.file).name == "test_spot.py"


def test_where_all_is_its_own_there_is_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.api.spot._OWN", ("",))
    assert in_file("own.py") == Spot("<python>", Place(0, 0))
