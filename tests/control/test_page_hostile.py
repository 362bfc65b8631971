"""What comes by the wire is shown on the page, and never obeyed."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.control.browsing import PATIENCE, Host, visit

pytestmark = pytest.mark.interop

expect.set_options(timeout=PATIENCE)

SCRIPT = "<script>alert(1)</script>"
PICTURE = "<img src=x onerror=alert(2)>"
# A name may have no parentheses.
NAME = "<img src=x onerror=alert`2`>"

SCENARIO = f"""\
scenario: "{NAME}"
rules:
  - name: "rule {NAME}"
    match: {{method: INVITE, header: {{X-Wanted: "{SCRIPT}"}}}}
    respond: {{status: 486, reason: "{SCRIPT}", headers: {{X-Answer: "{PICTURE}"}}}}
"""

# Every character that a Call-ID may have, and a user part as it may be escaped.
INVITE = f"""\
INVITE sip:%3Cscript%3Ealert(3)%3C%2Fscript%3E@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP HERE;branch=z9hG4bKWHICHalert`1`;rport;x="{SCRIPT}"
From: "{SCRIPT}" <sip:%3Cimg%20src=x%20onerror=alert(4)%3E@127.0.0.1>;tag=1
To: "{PICTURE}" <sip:%3Cscript%3Ealert(3)@127.0.0.1>
Call-ID: {SCRIPT}WHICH
CSeq: 1 INVITE
Contact: "{PICTURE}" <sip:x@HERE>
User-Agent: {SCRIPT}
Subject: </title></style></svg>{SCRIPT}
X-Wanted: WANTED
X-Direction: \u202egnihtyna
X-Template: ${{alert(5)}} {{{{ alert(6) }}}} javascript:alert(7)
Content-Type: application/sdp
Content-Length: LENGTH

v=0
o={SCRIPT} 1 1 IN IP4 {SCRIPT}
s={PICTURE}
c=IN IP4 127.0.0.1
t=0 0
m=audio 40010 RTP/AVP 0 96
a=rtpmap:96 {SCRIPT}/8000
a=x-picture:{PICTURE}
"""

MALFORMED = f"""\
{SCRIPT} {PICTURE} SIP/2.0
Via: SIP/2.0/UDP HERE;branch=z9hG4bKbad
From: {SCRIPT}
To: {SCRIPT}
Call-ID: WHICH
CSeq: {PICTURE}
{SCRIPT}

{SCRIPT}
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("hostile")
    file = home / "scenario.yaml"
    file.write_text(SCENARIO)
    running = Host(home, str(file), "--label", SCRIPT)
    yield running
    running.close()


def send(host: Host, text: str, which: str, wanted: str = SCRIPT) -> bytes:
    """Send a message from a socket of its own, and return what comes back at last."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(PATIENCE / 1000)
        here = f"127.0.0.1:{sock.getsockname()[1]}"
        head, _, body = text.replace("\n", "\r\n").partition("\r\n\r\n")
        for name, value in (("HERE", here), ("WHICH", which), ("WANTED", wanted)):
            head = head.replace(name, value)
        head = head.replace("LENGTH", str(len(body)))
        sock.sendto(f"{head}\r\n\r\n{body}".encode(), ("127.0.0.1", host.port))
        while (data := sock.recv(65535)).startswith(b"SIP/2.0 100"):
            pass
        return data


def look_everywhere(page: Page) -> str:
    """Go through everything that the page shows of the newest call; return what is read there."""
    seen = [page.locator("body").inner_text()]
    rungs = page.locator("#ladder a")
    for name in ("Message", "Headers", "SDP", "Why this response"):
        page.get_by_role("tab", name=name).click()
        for place in range(rungs.count()):
            rungs.nth(place).click()
            seen.append(page.locator("#inspector").inner_text())
    for name in ("Rules", "Faults", "Codes", "Calls"):
        page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        seen.append(page.locator("main").inner_text())
    return "\n".join(seen)


@pytest.mark.parametrize("wanted", [SCRIPT, "something else"], ids=["matched", "unmatched"])
def test_scripts_in_every_field_are_text(browser: Browser, host: Host, wanted: str) -> None:
    host.reset()
    # A dialog, a failing script, a message about the policy: `visit` fails on each of them.
    with visit(browser, host) as page:
        answer = send(host, INVITE, str(len(wanted)), wanted)
        assert answer.startswith(b"SIP/2.0 486 ") is (wanted == SCRIPT), answer
        page.locator("#call-space [role=row]:visible").first.click()
        expect(page.locator("#call-title")).to_contain_text("%3Cscript%3Ealert(3)")
        expect(page.locator("#ladder a").nth(1)).to_be_visible()
        text = look_everywhere(page)
        assert text.count(SCRIPT) > 20
        assert text.count(PICTURE) > 10
        assert "\u202e" not in text
        assert "\ufffdgnihtyna" in text
        for made in ("script:not([src])", "img:not(.qr)", "style", "iframe", "[onerror]"):
            assert page.locator(made).count() == 0, made
        assert page.locator("script").count() == 1


def test_what_makes_no_sense_at_all_is_shown_too(browser: Browser, host: Host) -> None:
    host.reset()
    with visit(browser, host) as page:
        assert b"SIP/2.0 400" in send(host, MALFORMED, "malformed")
        for number in range(3):
            send(host, INVITE.replace("INVITE sip", f"M{number} sip"), f"m{number}")
        expect(page.locator("#call-count")).to_have_text(re.compile("^[34] calls"))
        page.locator("#call-space [role=row]:visible").last.click()
        expect(page.locator("#ladder a").first).to_be_visible()
        look_everywhere(page)


def test_the_policy_lets_nothing_else_run_or_load(browser: Browser, host: Host) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    response = page.goto(host.url)
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'taken'";
            document.body.append(script);
            const image = new Image();
            image.src = "http://192.0.2.1/x";
            document.body.append(image);
            fetch("http://192.0.2.1/y").catch(() => 0);
        }"""
    )
    expect(page).not_to_have_title("taken")
    assert len([text for text in said if "Content Security Policy" in text]) >= 3
    context.close()


def test_beyond_this_machine_it_asks_for_the_token(browser: Browser, tmp_path: Path) -> None:
    host = Host(tmp_path, "--http-token", "open sesame")
    with visit(browser, host) as page:
        expect(page.locator("#live")).to_have_text("no access")
        page.get_by_label(re.compile("wants the token")).fill("open sesame")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#live")).to_have_text("live")
        expect(page.locator("#banner")).to_be_empty()
    with visit(browser, host, "?filter=486#token=open%20sesame") as page:
        expect(page.locator("#live")).to_have_text("live")
        expect(page).to_have_url(f"{host.url}?filter=486")
        host.dial("486")
        expect(page.locator("#call-space [role=row]:visible")).to_have_count(1)
        expect(page.get_by_role("button", name="QR code and addresses")).to_be_visible()
    host.close()
