"""The rules of the house, held against every file: who imports whom, and what stays pure."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "responder"
LONGEST_FILE = 600

IMPURE = frozenset(
    {
        "aiohttp",
        "asyncio",
        "logging",
        "random",
        "secrets",
        "socket",
        "ssl",
        "structlog",
        "threading",
        "time",
    }
)
"""What no pure part imports: clocks, random numbers, sockets, tasks, logs."""

EDGE = frozenset({"__init__", "__main__", "agent", "api", "cli", "control", "net", "pytest_plugin"})
"""The parts that may. Every other part of the package is pure."""

PROTOCOL = frozenset({"codes", "sip"})
COMPOSED = PROTOCOL | {"faults", "journal", "media", "scenario"}
OUTSIDE = COMPOSED | {"answers", "calls", "records", "sessions", "stack", "uas"}
ADDRESSED = frozenset({"fault_files", "queries", "report", "rulebook", "waiting"})
"""What programs are offered, whatever they speak: Python or HTTP."""

ARROWS = {
    "__init__": frozenset({"api", "rulebook", "scenario"}),
    "codes": frozenset[str](),
    "sip": frozenset({"codes"}),
    "scenario": PROTOCOL,
    "faults": PROTOCOL,
    "journal": PROTOCOL,
    "media": PROTOCOL,
    "sessions": COMPOSED,
    "fault_files": PROTOCOL | {"faults", "scenario"},
    "calls": COMPOSED | {"sessions"},
    "records": PROTOCOL | {"journal", "scenario"},
    "answers": COMPOSED | {"calls", "records", "sessions"},
    "uas": COMPOSED | {"answers", "records", "sessions"},
    "stack": COMPOSED | {"sessions", "uas"},
    "probe": PROTOCOL | {"journal", "media"},
    "report": OUTSIDE,
    "net": OUTSIDE,
    "judge": PROTOCOL | {"journal", "queries", "report", "scenario"},
    "agent": OUTSIDE | {"fault_files", "judge", "net", "rulebook"},
    "queries": PROTOCOL | {"journal", "scenario"},
    "rulebook": PROTOCOL | {"journal", "judge", "queries", "report", "scenario", "stack"},
    "waiting": frozenset({"journal", "queries", "report", "scenario"}),
    "api": OUTSIDE | ADDRESSED | {"agent", "control", "judge", "net"},
    "control": OUTSIDE | ADDRESSED | {"agent"},
    "testing": OUTSIDE | {"probe", "report"},
    "cli": OUTSIDE | {"agent", "control", "fault_files", "judge", "net", "probe", "report"},
    "pytest_plugin": frozenset({"api"}),
    "__main__": frozenset({"cli"}),
}
"""Each part of the package, and the other parts that it may import."""

WITHOUT_TEST_FILE = frozenset(
    {
        "__main__.py",  # started as a process by the tests of the command line
        "control/documents.py",  # shapes without behaviour; test_openapi.py holds answers to them
        "faults/parcel.py",  # a shape without behaviour, used by the tests of every fault
        "media/ports.py",  # two shapes without behaviour
        "scenario/faults.py",  # a protocol and its error; tests/test_fault_files.py has both
        "sip/errors.py",  # two empty classes
        "sip/layer.py",  # a role; endpoint.py plays it, and the tests of transactions do
        "sip/events.py",  # shapes without behaviour, used by every test of the stack
        "sip/settings.py",  # the same
        "sip/transaction_user.py",  # the same
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the package: its path inside it, and its syntax tree."""

    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        """The package, or the module at the top, that the file belongs to."""
        return self.path.parts[0].removesuffix(".py")

    def imports(self) -> Iterator[str]:
        """Yield each imported module, and what a ``from`` import takes from it, with dots."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}:{node.lineno}: a relative import"
                for alias in node.names:
                    yield f"{node.module}.{alias.name}"

    def parts_imported(self) -> set[str]:
        """Return the other parts of the package that the file imports."""
        words = (name.split(".") for name in self.imports())
        inside = {name[1] for name in words if name[0] == "responder" and len(name) > 1}
        # what is no part is a name in the package's own __init__, such as __version__
        return {name for name in inside if name in ARROWS} - {self.part}


SOURCES = [
    Source(file.relative_to(PACKAGE), ast.parse(file.read_text()))
    for file in sorted(PACKAGE.rglob("*.py"))
]
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.path))


def settings() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        loaded: dict[str, Any] = tomllib.load(file)["tool"]["ruff"]["lint"]
        return loaded


@each_source
def test_a_pure_part_has_no_clock_no_chance_no_socket_and_no_log(source: Source) -> None:
    if source.part not in EDGE:
        assert not {name.partition(".")[0] for name in source.imports()} & IMPURE


@each_source
def test_arrows_point_one_way(source: Source) -> None:
    assert source.part in ARROWS, f"say in ARROWS what responder/{source.part} may import"
    assert source.parts_imported() <= ARROWS[source.part]


def test_the_arrows_make_no_circle() -> None:
    left = dict(ARROWS)
    while left:
        free = {part for part, others in left.items() if not others & left.keys()}
        assert free, f"these import each other: {sorted(left)}"
        left = {part: others for part, others in left.items() if part not in free}


def test_nothing_pure_may_import_the_edge() -> None:
    for part in ARROWS.keys() - EDGE:
        assert not ARROWS[part] & EDGE, part


def test_every_import_that_is_no_part_is_a_name_of_the_package() -> None:
    tops = {source.part for source in SOURCES}
    assert tops <= ARROWS.keys()


def test_the_linter_bans_the_same_imports() -> None:
    assert settings()["flake8-tidy-imports"]["banned-api"].keys() == IMPURE


def test_the_linter_lets_off_the_edge_alone() -> None:
    allowed = {f"responder/{part}.py" for part in EDGE} | {f"responder/{part}/**" for part in EDGE}
    allowed |= {"tests/**", "benchmarks/**"}
    let_off = {
        files
        for files, rules in settings()["per-file-ignores"].items()
        if any("TID251".startswith(rule) for rule in rules)
    }
    assert let_off <= allowed


@each_source
def test_each_file_has_its_own_test_file(source: Source) -> None:
    path = source.path
    if path.as_posix() in WITHOUT_TEST_FILE:
        return
    if path.name == "__init__.py":
        # a package that only gathers names has nothing to test; cli/__init__.py: test_cli.py
        code = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if any(isinstance(node, code) for node in source.tree.body):
            name = path.parent.name or "package"
            assert (ROOT / "tests" / path.parent / f"test_{name}.py").exists()
        return
    assert (ROOT / "tests" / path.parent / f"test_{path.name}").exists()


def test_the_exceptions_exist() -> None:
    assert {source.path.as_posix() for source in SOURCES} >= WITHOUT_TEST_FILE


@each_source
def test_a_file_is_short_enough_to_have_one_subject(source: Source) -> None:
    assert len((PACKAGE / source.path).read_text().splitlines()) <= LONGEST_FILE


def test_nothing_is_put_off_or_silenced() -> None:
    words = re.compile(r"\b(?:TODO|FIXME|XXX)\b|#\s*(?:noqa|type:\s*ignore|ruff:|mypy:)")
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("responder", "tests", "benchmarks")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file != Path(__file__)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if words.search(line)
    ]
    assert not found
