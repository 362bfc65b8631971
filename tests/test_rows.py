"""Every behaviour that the project has promised is shown by a test that names its row."""

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROWS = TESTS / "rows.txt"
FACTS = TESTS.parents[1] / "shared" / "facts" / "behaviours.csv"
AREAS = frozenset(
    {
        "auth",
        "bye",
        "cancel",
        "framing",
        "invite",
        "options",
        "redirect",
        "register",
        "response",
        "syntax",
        "transaction",
        "transport",
        "validation",
    }
)


def promised() -> list[str]:
    return ROWS.read_text().split()


def marks(source: str) -> Iterator[ast.Call]:
    """Find each ``pytest.mark.row(...)``: a decorator, a ``pytestmark`` or a parameter's mark."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "row"
            and ast.unparse(node.func.value) == "pytest.mark"
        ):
            yield node


def named() -> dict[str, str]:
    """Return each row that a test, or a case in a test's data, names, and where."""
    rows = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for mark in marks(file.read_text()):
            where = f"{file.relative_to(TESTS)}:{mark.lineno}"
            assert mark.args, f"{where}: a mark without a row"
            for argument in mark.args:
                if isinstance(argument, ast.Starred):
                    # The torture corpus keeps its rows beside its messages, in expected.toml.
                    continue
                assert isinstance(argument, ast.Constant), f"{where}: a row is written out"
                assert re.fullmatch(r"[A-Z0-9]+-[0-9]+", str(argument.value)), where
                rows[str(argument.value)] = where
    for file in sorted(TESTS.rglob("*.toml")):
        for name, case in tomllib.loads(file.read_text()).items():
            rows |= dict.fromkeys(case.get("rows", ()), f"{file.name}:{name}")
    return rows


def test_each_promised_row_is_named_by_a_test() -> None:
    missing = sorted(set(promised()) - set(named()))
    assert not missing, f"{len(missing)} rows without a test: {' '.join(missing)}"


def test_the_list_of_rows_has_no_repetitions() -> None:
    assert len(promised()) == len(set(promised())) > 0


def test_the_list_of_rows_is_the_one_of_the_facts() -> None:
    if not FACTS.exists():
        pytest.skip("the project's facts are not beside this repository")
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert promised() == [row["id"] for row in rows if row["area"] in AREAS]
    unknown = {row: where for row, where in named().items() if row not in {r["id"] for r in rows}}
    assert not unknown


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("@pytest.mark.row('A-1', 'A-2')\ndef test(): ...", ["A-1", "A-2"]),
        ("pytestmark = [pytest.mark.row('A-1')]", ["A-1"]),
        ("pytest.param(1, marks=pytest.mark.row('A-1'))", ["A-1"]),
        ("@pytest.mark.interop\ndef test(): ...", []),
        ("cursor.row('A-1')", []),
    ],
    ids=["decorator", "module", "parameter", "another-mark", "another-row"],
)
def test_a_mark_is_found_wherever_pytest_takes_one(source: str, found: list[str]) -> None:
    arguments = [argument for mark in marks(source) for argument in mark.args]
    assert [ast.literal_eval(argument) for argument in arguments] == found
