"""The live page, used: calls as they happen, and what can be changed while they do."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from responder.faults.impairment import Impairment
from responder.faults.parameter import parameters
from tests import peers
from tests.control.browsing import PATIENCE, Host, visit

pytestmark = pytest.mark.interop

expect.set_options(timeout=PATIENCE)

SCENARIO = """\
scenario: flaky
seed: 42
rules:
  - name: qualify
    match: {method: OPTIONS}
    respond: 200

  - name: trunk
    match: {method: INVITE, uri.user: trunk}
    sequence:
      - {times: 2, respond: {status: 503, headers: {Retry-After: 5}}}
      - respond: [180, 200]

  - name: lossy
    match: {method: INVITE, uri.user: lossy}
    respond: [180, {status: 486, fault: {drop: 1}}]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenarios") / "flaky.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture(scope="module")
def host(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    running = Host(tmp_path_factory.mktemp("host"), str(file), "--label", "staging")
    yield running
    running.close('unknown key "metod"', "what was read before still holds")


@pytest.fixture
def page(browser: Browser, host: Host) -> Iterator[Page]:
    """The page of a responder that was just reset."""
    host.reset()
    with visit(browser, host) as page:
        expect(page.locator("#live")).to_have_text("live")
        expect(page.locator("#call-count")).to_have_text("0 calls")
        yield page


def ask(page: Page, method: str, path: str) -> dict[str, object] | None:
    """Send a request from the page's own origin and return the document."""
    document: dict[str, object] | None = page.evaluate(
        """async ([method, path]) => {
            const response = await fetch(`/api/v1/${path}`, {method});
            return response.status === 204 ? null : response.json();
        }""",
        [method, path],
    )
    return document


def rows(page: Page) -> Locator:
    return page.locator("#call-space [role=row]:visible")


def choose(page: Page, target: str) -> None:
    """Choose the newest call of a target."""
    called = page.locator(".col-target").get_by_text(target, exact=True)
    rows(page).filter(has=called).first.click()
    expect(page.locator("#call-title")).to_contain_text(target)


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


# The head


def test_the_head_says_where_to_dial_and_what_runs(page: Page, host: Host) -> None:
    expect(page.locator("#dial")).to_have_text(f"sip:127.0.0.1:{host.port}")
    expect(page.locator("#listeners li")).to_have_text(
        [re.compile(f"^udp 127.0.0.1:{host.port}"), re.compile("^tcp 127.0.0.1:")]
    )
    expect(page.locator("#facts")).to_contain_text("seed42")
    expect(page.locator("#label")).to_have_text("staging")
    expect(page).to_have_title("staging · SIP responder")
    page.get_by_role("button", name="QR code and addresses").click()
    code = page.get_by_role("img", name=f"QR code of sip:127.0.0.1:{host.port}")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.naturalWidth") > 50
    expect(page.locator("#connect")).to_contain_text(f"sip:180-5-200@127.0.0.1:{host.port}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Copy the address to dial").click()
    expect(page.locator("#toast")).to_contain_text("Address copied")
    assert copied(page) == f"sip:127.0.0.1:{host.port}"


def test_reset_asks_first_and_forgets_rules_and_calls(page: Page, host: Host) -> None:
    host.dial("486", "trunk")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("button", name="Keep all").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(rows(page)).to_have_count(0)
    expect(page.locator("#call-empty")).to_contain_text("No call has come yet.")
    assert host.dial("trunk") == [503]


def test_a_file_that_cannot_be_read_again_is_told_of(page: Page, file: Path) -> None:
    page.get_by_role("tab", name="Rules").click()
    file.write_text(SCENARIO.replace("match: {method: OPTIONS}", "match: {metod: OPTIONS}"))
    page.get_by_role("button", name="Read files again").click()
    alert = page.locator("#banner").get_by_role("alert")
    expect(alert).to_contain_text("the rules before them still answer")
    expect(alert).to_contain_text(re.compile(r'flaky\.yaml:5:\d+ .*"metod".*method'))
    file.write_text(SCENARIO)
    page.get_by_role("button", name="Read again", exact=True).click()
    expect(alert).to_have_count(0)


# Calls


def test_calls_as_they_happen_each_with_its_ladder_and_messages(page: Page, host: Host) -> None:
    expect(page.locator("#call-empty")).to_contain_text("No call has come yet.")
    assert host.dial("trunk", "180-486", "200") == [503, 486, 200]
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first.locator(".col-target")).to_have_text("200")
    second = rows(page).nth(1)
    expect(second).to_contain_text(re.compile("INVITE.*180-486.*plain.*180 486.*dial"))
    expect(page.locator("#count-calls")).to_have_text("3")

    choose(page, "trunk")
    number = rows(page).last.get_attribute("data-number")
    assert page.url == f"{host.url}?call={number}"
    rungs = page.get_by_role("group", name=re.compile("^INVITE trunk from plain")).locator("a")
    expect(rungs).to_have_count(3)
    expect(page.locator(".raw .start")).to_contain_text("INVITE sip:trunk@127.0.0.1")
    rungs.nth(1).click()
    expect(page.locator(".raw")).to_contain_text("SIP/2.0 503 Service Unavailable")
    expect(page.locator(".raw")).to_contain_text("Retry-After: 5")
    page.get_by_role("tab", name="Headers").click()
    expect(page.get_by_role("row", name="Retry-After 5")).to_be_visible()
    page.get_by_role("tab", name="SDP").click()
    expect(page.locator("#inspector-sdp")).to_contain_text("has no session description")
    rungs.nth(0).click()
    expect(page.locator("#inspector-sdp")).to_contain_text("audio on port 40010")
    expect(page.locator("#inspector-sdp")).to_contain_text("0 PCMU/8000, 8 PCMA/8000")


def test_why_a_call_was_answered_as_it_was(page: Page, host: Host) -> None:
    host.dial("trunk", "nobody")
    expect(rows(page)).to_have_count(2)
    choose(page, "trunk")
    page.get_by_role("tab", name="Why this response").click()
    why = page.locator("#inspector-why")
    expect(why).to_contain_text("It was answered by flaky/trunk 1/3.")
    verdicts = why.get_by_role("listitem")
    expect(verdicts).to_have_count(3)
    expect(verdicts.nth(0)).to_contain_text(re.compile("qualify.*misses by method"))
    expect(verdicts.nth(0).get_by_role("row").nth(1)).to_have_text("methodOPTIONSINVITE")
    expect(verdicts.nth(1)).to_have_class("answers")
    expect(verdicts.nth(2)).to_have_class("misses")
    expect(why).to_contain_text("Sent now, it would get:")
    choose(page, "nobody")
    expect(why).to_contain_text("No rule matched it.")
    expect(page.locator("#call-remarks")).to_contain_text("Nearest: flaky/")
    host.send("POST", "/api/v1/rules", '{"name": "new", "respond": 480}')
    expect(verdicts).to_have_count(4)
    expect(verdicts.nth(0)).to_contain_text("runtime/new")
    expect(why).to_contain_text("Sent now, it would get: 480")
    verdicts.nth(2).get_by_role("button", name="flaky/trunk").click()
    expect(page.locator("#rule-title")).to_have_text("flaky/trunk")


def test_a_call_goes_on_while_it_is_looked_at(page: Page, host: Host) -> None:
    call = host.caller.dial("180")
    host.caller.receive(lambda: 180 in call.statuses())
    choose(page, "180")
    rungs = page.locator("#ladder a")
    expect(rungs).to_have_count(3)
    expect(page.locator("#call-facts")).to_contain_text("still going on")
    rungs.nth(2).click()
    host.caller.cancel(call)
    host.caller.receive(lambda: bool(call.finals()) and bool(call.finals("CANCEL")))
    expect(page.locator("#ladder")).to_contain_text("487 Request Terminated")
    expect(rungs.nth(2)).to_have_attribute("aria-current", "true")
    expect(rows(page).first).to_contain_text("180 487")


def test_the_caller_is_judged_and_faults_are_marked(page: Page, host: Host) -> None:
    host.dial("trunk", "trunk", "lossy")
    expect(rows(page).first).to_contain_text("ƒ1")
    rows(page).nth(2).click()
    expect(page.locator("#call-verdicts")).to_contain_text(re.compile("✗ retry-after INVITE came"))
    choose(page, "lossy")
    expect(page.locator("#ladder .fault")).to_contain_text("dropped transmission 1 of 486")


def test_the_filter_is_kept_in_the_address(page: Page, host: Host) -> None:
    host.dial("trunk", "486", "180-486", "503")
    field = page.get_by_role("searchbox", name="Filter calls")
    field.fill("status:5xx rule:trunk")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(f"{host.url}?filter=status:5xx+rule:trunk")
    page.reload()
    expect(field).to_have_value("status:5xx rule:trunk")
    expect(rows(page)).to_have_count(1)
    host.dial("486", "trunk")
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#call-count")).to_have_text("2 calls of this filter")
    field.fill("")
    expect(rows(page)).to_have_count(6)
    host.dial("nobody")
    page.get_by_role("button", name="unmatched", exact=True).click()
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(f"{host.url}?filter=unmatched")
    field.fill("nothing-like-it")
    expect(page.locator("#call-empty-why")).to_have_text("No call fits the filter.")


def test_the_page_filters_as_the_responder_does(page: Page, host: Host) -> None:
    host.dial("trunk", "486", "180-486", "503", "nobody", "200", "302")
    texts = [
        *("status:486", "status:5xx", "status:18x", "status:none", "status:x", "status:"),
        *("rule:trunk", "rule:DIAL", "method:invite", "method:OPTIONS", "from:plain", "to:180"),
        *("source:127.0.0.1", "transport:udp", "transport:tcp", "unmatched", "failed", "Unmatched"),
        *("plain-", "486 status:180", "unknown:486", "to:", ":", "302 302"),
    ]
    differing = page.evaluate(
        """async (texts) => {
            const {predicate} = await import("/page/filter.js");
            const ask = async (filter) => {
                const query = new URLSearchParams({filter});
                return (await (await fetch(`/api/v1/calls?${query}`)).json()).calls;
            };
            const all = await ask("");
            const numbers = (calls) => calls.map((call) => call.number).join();
            const found = [];
            for (const text of texts) {
                const here = numbers(all.filter(predicate(text)));
                const there = numbers(await ask(text));
                if (here !== there) found.push([text, here, there]);
            }
            return found;
        }""",
        texts,
    )
    assert differing == []


# Making something of a call


def test_a_call_becomes_a_rule_yaml_a_test_and_a_capture(page: Page, host: Host) -> None:
    host.dial("180-486")
    choose(page, "180-486")
    page.get_by_role("button", name="Copy as YAML").click()
    expect(page.locator("#toast")).to_contain_text("YAML copied")
    assert "respond:" in copied(page)
    page.get_by_role("button", name="Copy as pytest").click()
    expect(page.locator("#toast")).to_contain_text("pytest copied")
    assert "def test_call_" in copied(page)
    page.get_by_role("button", name="Copy ladder").click()
    expect(page.locator("#toast")).to_contain_text("Ladder as text copied")
    assert "180 Ringing" in copied(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="pcap").click()
    assert download.value.suggested_filename.endswith(".pcapng")
    assert Path(download.value.path()).read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"

    page.get_by_role("button", name="Rule from this call").click()
    editor = page.get_by_role("textbox", name="Rule as YAML")
    expect(editor).to_have_value(re.compile("uri.user: 180-486"))
    written = editor.input_value()
    editor.fill(written.replace("uri.user: 180-486", "uri.user: bob").replace("[180, 486]", "603"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("is tried first from now on")
    expect(page.locator("#banner")).to_contain_text("1 override of run time: runtime/call")
    assert host.dial("bob") == [603]
    page.get_by_role("button", name="Remove all overrides").click()
    expect(page.locator("#banner")).to_be_empty()
    assert host.dial("bob") == [200]


# Rules


def test_a_rule_is_edited_and_its_mistakes_stand_at_their_line(page: Page, host: Host) -> None:
    page.get_by_role("tab", name="Rules").click()
    listed = page.locator("#rule-list button")
    expect(listed).to_have_text([re.compile(name) for name in ("qualify", "trunk", "lossy")])
    listed.filter(has_text="lossy").click()
    editor = page.get_by_role("textbox", name="Rule as YAML")
    written = editor.input_value()
    wrong = written.replace("match:", "mach:")
    editor.fill(wrong)
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    editor.press("Control+s")
    said = page.locator(".under .wrong")
    expect(said).to_have_count(1)
    line = 1 + wrong[: wrong.index("mach:")].count("\n")
    expect(page.locator(".gutter .wrong")).to_have_text(str(line))
    expect(said).to_contain_text('unknown key "mach"')
    expect(page.locator("#rule-editor").get_by_role("alert")).to_contain_text(f"line {line}")
    expect(editor).to_have_attribute("aria-invalid", "true")
    assert host.dial("lossy") == [486]

    editor.fill(written.replace("486", "404"))
    expect(said).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_contain_text("flaky/lossy is changed")
    expect(listed.filter(has_text="lossy")).to_contain_text("run time")
    assert host.dial("lossy") == [404]
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(listed.filter(has_text="lossy")).to_contain_text("flaky.yaml:")
    assert host.dial("lossy") == [486]


def test_what_is_written_is_kept_while_others_are_looked_at(page: Page) -> None:
    page.get_by_role("tab", name="Rules").click()
    page.get_by_role("button", name="New rule").click()
    editor = page.get_by_role("textbox", name="Rule as YAML")
    editor.press("Control+End")
    editor.press_sequentially("# mine\n")
    page.locator("#rule-list button", has_text="qualify").click()
    expect(editor).to_have_value(re.compile("OPTIONS"))
    page.locator("#rule-list button", has_text="A new rule").click()
    expect(editor).to_have_value(re.compile("# mine"))
    page.get_by_role("button", name="Discard changes").click()
    expect(editor).not_to_have_value(re.compile("# mine"))


# Codes


def test_the_next_call_gets_a_code_and_the_one_after_it_does_not(page: Page, host: Host) -> None:
    page.get_by_role("tab", name="Codes").click()
    expect(page.locator("#code-rows tr")).to_have_count(77)
    page.get_by_role("searchbox", name="Search the codes").fill("busy")
    expect(page.locator("#code-rows tr")).to_have_count(2)
    expect(page).to_have_url(f"{host.url}?tab=codes&codes=busy")
    button = page.get_by_role("button", name="Next call gets 486 Busy Here")
    for _ in range(2):
        button.click()
        expect(page.locator("#toast")).to_contain_text("The next call gets 486 Busy Here")
        expect(page.locator("#banner")).to_contain_text("1 override of run time")
        assert host.dial("200", "200") == [486, 200]
        expect(page.locator("#banner")).to_be_empty()
        page.get_by_role("button", name="Close").click()
    button.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#banner")).to_be_empty()
    assert host.dial("200") == [200]


# Faults


def test_faults_of_all_traffic_are_set_and_ended(page: Page) -> None:
    page.get_by_role("tab", name="Faults").click()
    expect(page.locator("#fault-now")).to_have_text("Nothing is lost, delayed or spoiled.")
    page.get_by_role("button", name="one in ten lost").click()
    page.get_by_label("delay").fill("80ms")
    page.get_by_label("corrupted").fill("200%")
    page.get_by_role("button", name="Apply").click()
    wrong = page.locator("#fault-cards [aria-invalid=true]")
    expect(wrong).to_have_count(1)
    expect(page.locator("#fault-errors")).to_contain_text("corrupt")
    assert wrong.get_attribute("id") == "fault-0-corrupt"
    assert ask(page, "GET", "faults") == {"impairments": []}
    wrong.fill("1%")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#fault-now li")).to_have_text(
        re.compile("All UDP traffic, both ways: loss 10 %, corrupt 1 %, delay 80ms")
    )
    expect(page.locator("#banner")).to_contain_text("1 impairment of all traffic holds.")
    expect(page.locator("#count-faults")).to_have_text("1")
    page.get_by_role("button", name="End all faults").click()
    expect(page.locator("#fault-now")).to_have_text("Nothing is lost, delayed or spoiled.")
    expect(page.locator("#banner")).to_be_empty()


def test_every_part_of_an_impairment_can_be_edited(page: Page) -> None:
    names = page.evaluate("import('/page/faults.js').then(m => m.FIELDS.map(([name]) => name))")
    assert set(names) == {each.name for each in parameters(Impairment)}


# Under load


@pytest.fixture
def load(host: Host, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """SIPp, which calls 300 times a second until the test is over."""
    # It cannot be told to go on for good.
    command: list[str | Path] = [
        peers.find("sipp"),
        "-sn",
        "uac",
        "-s",
        "486",
        "-r",
        "300",
        "-m",
        "60000",
    ]
    calling = subprocess.Popen(
        [*command, "-i", "127.0.0.1", "-nostdin", f"127.0.0.1:{host.port}"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield calling
    assert calling.poll() is None
    calling.kill()
    calling.wait()


COUNT_UPDATES = """async () => {
    const times = [];
    const seen = new MutationObserver(() => times.push(performance.now()));
    const what = {subtree: true, childList: true, attributes: true, characterData: true};
    seen.observe(document.getElementById("call-view"), what);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    seen.disconnect();
    return times;
}"""


def test_it_stays_usable_under_load(page: Page, host: Host, load: subprocess.Popen[bytes]) -> None:
    del load
    expect(page.locator("#call-count")).to_contain_text("dropped")
    times = page.evaluate(COUNT_UPDATES)
    assert len(times) > 2
    assert all(later - time > 900 for time, later in zip(times, times[10:], strict=False))

    # What is clicked is what is chosen, and it stays where it is.
    view = page.locator("#call-view").bounding_box()
    assert view is not None
    page.mouse.click(view["x"] + 200, view["y"] + 100)
    chosen = page.locator("#call-space [aria-selected=true]")
    expect(chosen).to_have_count(1)
    number, place = chosen.get_attribute("data-number"), chosen.bounding_box()
    assert place is not None
    assert place["y"] <= view["y"] + 100 <= place["y"] + place["height"]
    expect(page.locator("#call-title")).to_contain_text("INVITE 486")
    resume = page.locator("#call-resume")
    expect(resume).to_have_text(re.compile(r"^Paused, \d{3} new$"))
    assert page.locator("#call-space [role=row]").count() < 150
    assert chosen.get_attribute("data-number") == number
    assert chosen.bounding_box() == place

    resume.click()
    expect(resume).to_be_hidden()
    expect(chosen).to_have_count(0)
    newest = int(rows(page).first.get_attribute("data-number") or 0)
    assert newest > int(number or 0) + 100
    page.locator("#call-view").evaluate("view => view.scrollTop = 400")
    expect(resume).to_have_text(re.compile(r"^Paused, \d+ new$"))
    page.locator("#call-view").evaluate("view => view.scrollTop = 0")
    expect(resume).to_be_hidden()
    assert host.dial("486") == [486]


def test_what_the_list_holds_is_what_is_seen_at_once(page: Page, host: Host) -> None:
    host.dial("486", "trunk", "486")
    expect(rows(page)).to_have_count(3)
    # No timer fires from here on: what waited for one would not be seen.
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.locator("[data-word=failed]").click()
    expect(rows(page)).to_have_count(0)
    page.locator("[data-word=failed]").click()
    expect(rows(page)).to_have_count(3)
    rows(page).nth(1).click()
    expect(rows(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.locator("#call-resume").click()
    expect(page.locator("#call-space [aria-selected=true]")).to_have_count(0)


def test_older_calls_come_when_they_are_scrolled_to(page: Page, host: Host) -> None:
    host.dial(*["486"] * 130)
    page.reload()
    expect(page.locator("#call-count")).to_have_text("130 calls")
    expect(page.locator("#call-grid")).to_have_attribute("aria-rowcount", "101")
    assert page.locator("#call-space [role=row]").count() < 100
    page.locator("#call-view").evaluate("view => view.scrollTop = 1e6")
    expect(page.locator("#call-grid")).to_have_attribute("aria-rowcount", "131")
    page.locator("#call-grid").press("End")
    oldest = rows(page).filter(has=page.locator(":scope[aria-rowindex='131']"))
    expect(oldest).to_have_attribute("aria-selected", "true")


def test_it_goes_on_when_the_responder_is_started_again(browser: Browser, tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("first", "second")]
    for home in homes:
        home.mkdir()
    host = Host(homes[0])
    with visit(browser, host) as page:
        host.dial("486", "180-486")
        expect(rows(page)).to_have_count(2)
        host.close()
        expect(page.locator("#live")).to_have_text("reconnecting")
        again = Host(homes[1], http=host.http)
        again.dial("503")
        expect(page.locator("#live")).to_have_text("live")
        expect(rows(page)).to_have_count(1)
        expect(page.locator("#dial")).to_have_text(f"sip:127.0.0.1:{again.port}")
        again.close()
