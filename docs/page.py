"""Take ``docs/page.webp``: the live page after some calls, as Chromium shows it.

``python docs/page.py`` takes it anew; it needs what the tests need.
"""

import argparse
import base64
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

SCENARIO = """\
scenario: trunks
seed: 42
rules:
  - name: qualify
    match: {method: OPTIONS}
    respond: 200
  - name: flaky
    match: {method: INVITE, uri.user: trunk}
    sequence:
      - {times: 2, respond: {status: 503, headers: {Retry-After: 5}}}
      - respond: [180, {wait: 400ms}, 200]
  - name: lost answer
    match: {method: INVITE, uri.user: lossy}
    respond: [180, {status: 200, fault: {drop: 2}}]
"""
CALLS = (
    "486",
    "180-200",
    "trunk",
    "trunk",
    "302",
    "trunk",
    "404",
    "lossy",
    "1001",
    "503",
    "180-486",
)
SIZE: ViewportSize = {"width": 1280, "height": 640}


def main() -> None:
    """Take it."""
    parser = argparse.ArgumentParser(description="Take docs/page.webp of a real run.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("page.webp"))
    output: Path = parser.parse_args().output
    with tempfile.TemporaryDirectory() as home:
        output.write_bytes(picture(Path(home)))


def picture(home: Path) -> bytes:
    """Return the picture of a responder that is started for it."""
    (home / "trunks.yaml").write_text(SCENARIO)
    serve = [*responder("serve"), "trunks.yaml", "-q", "--port-file", "ports", "--label", "staging"]
    places = ["--listen", "udp:127.0.0.1:5060", "--listen", "tcp:127.0.0.1:5060"]
    serving = subprocess.Popen([*serve, *places, "--http", "127.0.0.1:0"], cwd=home)
    try:
        subprocess.run([*responder("wait-ready"), "--port-file", "ports"], cwd=home, check=True)
        address = json.loads((home / "ports").read_text())["http"]
        for dialled in CALLS:
            subprocess.run([*responder("probe"), "-q", f"sip:{dialled}@127.0.0.1"], check=False)
        with sync_playwright() as playwright:
            program = shutil.which("chromium")
            chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = chromium.new_page(viewport=SIZE, color_scheme="light")
            page.goto(f"http://{address}/")
            shot = taken(page)
            chromium.close()
            return shot
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait()


def responder(command: str) -> list[str]:
    """Return the words that begin a command."""
    return [sys.executable, "-m", "responder", command]


def taken(page: Page) -> bytes:
    """Choose the call whose answer was lost twice, and take the picture."""
    page.locator(".call-row:visible", has_text="lossy").click()
    page.locator("#ladder a").nth(1).click()
    page.get_by_role("tab", name="Why this response").click()
    page.locator("#inspector-why li").first.wait_for()
    page.locator("#qr-button").wait_for()
    form = {"format": "webp", "quality": 88}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", form)
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    main()
