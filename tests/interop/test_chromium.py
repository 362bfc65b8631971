"""The page of a run in a browser: its script works, and nobody else's does."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from responder.report.html import html
from responder.report.outcome import Outcome
from tests import peers
from tests.report.records import a_run

pytestmark = pytest.mark.interop

PATIENCE = 60.0
QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A virtual machine may have little of /dev/shm.
    "--disable-dev-shm-usage",
)


def shown(page: Path, profile: Path, place: str = "") -> str:
    """Return what a browser makes of a page, opened at a place on it."""
    ended = subprocess.run(
        [
            peers.find("chromium"),
            *QUIETLY,
            f"--user-data-dir={profile}",
            "--dump-dom",
            page.as_uri() + place,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return ended.stdout


def test_the_search_is_there_and_injected_scripts_are_dead(tmp_path: Path) -> None:
    attack = "<script>document.title = 'taken'</script>"
    run = a_run()
    run = replace(run, outcomes=[*run.outcomes, Outcome(attack, False, attack)])
    page = tmp_path / "run.html"
    # Even if something were not escaped, the policy of the page would not let it run.
    page.write_text(html(run).replace("</main>", f"{attack}</main>"), encoding="utf-8")
    seen = shown(page, tmp_path / "profile")
    assert "<title>flaky-trunk</title>" in seen
    assert '<div class="tools">' in seen
    assert ">2 of 2</span>" in seen


def test_a_link_to_a_message_opens_its_call(tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    closed = html(a_run()).replace("<details open>", "<details>")
    page.write_text(closed, encoding="utf-8")
    seen = shown(page, tmp_path / "profile", "#m1-3")
    assert len(re.findall(r"<details[^>]* open", seen)) == 2
    assert '<li id="call-1"><details open' in seen
