"""What the package offers at its top, and what it costs to ask for it."""

import subprocess
import sys

import pytest

import responder


@pytest.mark.parametrize("name", responder.__all__)
def test_what_is_offered_is_there(name: str) -> None:
    assert getattr(responder, name).__name__ == name


def test_what_is_not_offered_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'responder' has no attribute 'Nothing'"):
        getattr(responder, "Noth" + "ing")


@pytest.mark.parametrize(
    "program",
    [
        "import responder",
        "from responder import Responder, regex; Responder()",
        "import responder.pytest_plugin",
    ],
)
def test_nothing_is_imported_before_it_is_needed(program: str) -> None:
    costly = {"click", "rich", "pydantic", "ruamel", "re2", "av", "structlog", "jinja2"}
    told = f"print(*sorted({costly!r} & {{name.split('.')[0] for name in sys.modules}}))"
    look = f"{program}\nimport sys\n{told}"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    look = (
        "import responder.pytest_plugin, sys; print(*[n for n in sys.modules if 'responder' in n])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(done.stdout.split()) == {"responder", "responder.pytest_plugin"}
