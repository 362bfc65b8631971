"""The page for everybody: by keyboard, by ear, in light and dark, on a narrow screen."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.control.browsing import PATIENCE, Host, visit

pytestmark = pytest.mark.interop

expect.set_options(timeout=PATIENCE)

VIEWS = ("calls", "rules", "codes", "faults")

SCENARIO = """\
scenario: flaky
rules:
  - name: trunk            # a comment, a "string" and the number 486
    match: {method: INVITE, uri.user: trunk}
    respond: [180, {status: 486, fault: {drop: 1}}]
"""

# Each text that is seen, the contrast that it has (WCAG 2.1, 1.4.3), and where.
CONTRAST = """() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", {willReadFrequently: true});
    const rgba = (colour) => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], under) => [r, g, b].map((c, at) => c * a + under[at] * (1 - a));
    const behind = (element) => {
        if (!element) return rgba("Canvas").slice(0, 3);
        const colour = rgba(getComputedStyle(element).backgroundColor);
        return colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(element.parentElement));
    };
    const light = (colour) => {
        const [r, g, b] = colour.map((c) => {
            const part = c / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility({opacityProperty: true})) continue;
        if (element.closest(":disabled, .offscreen, .skip, option, title, desc")) continue;
        const style = getComputedStyle(element);
        const ground = behind(element);
        const ink = over(rgba(element instanceof SVGElement ? style.fill : style.color), ground);
        const [more, less] = [light(ink), light(ground)].sort((a, b) => b - a);
        const ratio = (more + 0.05) / (less + 0.05);
        const where = `${element.tagName}.${element.className} ${node.data.trim().slice(0, 40)}`;
        found.push([Math.round(ratio * 100) / 100, where]);
    }
    return found;
}"""

# What a screen reader cannot make sense of.
ODDITIES = """() => {
    const found = [];
    const ids = [...document.querySelectorAll("[id]")].map(({id}) => id);
    found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: ${id}`));
    const leading = ["aria-controls", "aria-labelledby", "aria-describedby", "for"];
    for (const name of [...leading, "aria-activedescendant"]) {
        for (const element of document.querySelectorAll(`[${name}]`)) {
            for (const id of element.getAttribute(name).split(" ")) {
                if (!document.getElementById(id)) found.push(`${name} leads nowhere: ${id}`);
            }
        }
    }
    const text = (id) => document.getElementById(id)?.textContent ?? "";
    const nameOf = (element) =>
        element.getAttribute("aria-label") ||
        (element.getAttribute("aria-labelledby") ?? "").split(" ").map(text).join("") ||
        [...(element.labels ?? [])].map(({textContent}) => textContent).join("") ||
        element.textContent || element.getAttribute("alt") || "";
    const named = "button, a[href], input, select, textarea, dialog, [role=tab], [role=tabpanel]," +
        "[role=tablist], [role=grid], [role=separator], [role=region], [role=group], section";
    for (const element of document.querySelectorAll(named)) {
        if (!element.checkVisibility()) continue;
        const name = nameOf(element).trim();
        if (!/[a-z0-9]/i.test(name)) found.push(`no name: ${element.outerHTML.slice(0, 90)}`);
    }
    for (const image of document.images) {
        if (!image.hasAttribute("alt")) found.push(`no alt: ${image.outerHTML}`);
    }
    const roles = {row: "grid", gridcell: "row", columnheader: "row", tab: "tablist"};
    for (const [role, around] of Object.entries(roles)) {
        for (const element of document.querySelectorAll(`[role=${role}]`)) {
            if (!element.closest(`[role=${around}]`)) found.push(`${role} without ${around}`);
        }
    }
    for (const element of document.querySelectorAll("[tabindex]")) {
        if (element.tabIndex > 0) found.push(`tabindex above 0: ${element.outerHTML.slice(0, 90)}`);
    }
    let level = 0;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
        if (!heading.checkVisibility()) continue;
        const next = Number(heading.tagName[1]);
        if (next > level + 1) found.push(`heading skips a level: ${heading.textContent}`);
        level = next;
    }
    if (!document.documentElement.lang) found.push("no language");
    return found;
}"""

# Where the focus is, and whether that can be seen.
FOCUSED = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const style = getComputedStyle(element);
    const itself = element.matches(".grid, .split, .ladder a");
    const marked = itself || parseFloat(style.outlineWidth) >= 2;
    const all = [...document.querySelectorAll("*")];
    return [all.indexOf(element), marked, element.outerHTML.slice(0, 90)];
}"""

REACHABLE = """() => {
    const all = [...document.querySelectorAll("*")];
    return all.flatMap((element, at) =>
        element.tabIndex >= 0 && !element.matches(":disabled, html, body, dialog, option") &&
        element.checkVisibility() && !(element instanceof SVGSVGElement) ? [at] : []);
}"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A responder with some calls, an override and an impairment."""
    home = tmp_path_factory.mktemp("host")
    file = home / "flaky.yaml"
    file.write_text(SCENARIO)
    running = Host(home, str(file), "--label", "staging")
    running.dial("302", "200", "nobody", "180-503", "trunk")
    running.send(
        "POST", "/api/v1/rules", '{"name": "held", "match": {"uri.user": "x"}, "respond": 480}'
    )
    running.send(
        "PUT", "/api/v1/faults", '{"impairments": [{"source": "192.0.2.0/24", "delay": 1}]}'
    )
    yield running
    running.close()


def open_view(page: Page, view: str) -> None:
    """Open a view, with all of it filled."""
    page.locator(f"#tab-{view}").click()
    if view == "calls":
        page.locator("#call-space [role=row]:visible").first.click()
        expect(page.locator("#ladder a").first).to_be_visible()
    elif view == "rules":
        page.locator("#rule-list button", has_text="flaky/trunk").click()
        page.get_by_role("textbox", name="Rule as YAML").fill("name: trunk\nmach: {}  # wrong\n")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".under .said")).to_be_visible()
    elif view == "codes":
        expect(page.locator("#code-rows tr")).to_have_count(77)
    else:
        expect(page.locator("#fault-cards fieldset")).to_have_count(1)


def pale(page: Page) -> list[object]:
    """Return the texts whose contrast is too small."""
    found = page.evaluate(CONTRAST)
    assert len(found) > 40
    return [each for each in found if each[0] < 4.5]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_can_be_told_from_its_ground(
    browser: Browser, host: Host, colours: Literal["light", "dark"]
) -> None:
    with visit(browser, host, colours=colours) as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[colours]
        found = []
        for view in VIEWS:
            open_view(page, view)
            found += pale(page)
        open_view(page, "calls")
        for tab in ("Headers", "SDP", "Why this response"):
            page.get_by_role("tab", name=tab).click()
            expect(page.locator("#inspector [role=tabpanel]:visible")).not_to_be_empty()
            found += pale(page)
        assert found == []


def test_the_reader_may_choose_the_colours(browser: Browser, host: Host) -> None:
    with visit(browser, host) as page:
        open_view(page, "calls")
        page.get_by_label("Colours").select_option("dark")
        assert pale(page) == []
        expect(page.locator("body")).to_have_css("background-color", "rgb(13, 17, 23)")
        page.reload()
        expect(page.locator("body")).to_have_css("background-color", "rgb(13, 17, 23)")


def test_a_screen_reader_makes_sense_of_all_of_it(browser: Browser, host: Host) -> None:
    with visit(browser, host) as page:
        for view in VIEWS:
            open_view(page, view)
            assert page.evaluate(ODDITIES) == [], view
        open_view(page, "calls")
        expect(page.locator("#call-grid")).to_match_aria_snapshot(
            """
            - grid "Calls, newest first":
              - row /Time Method To From Answer Rule/
              - rowgroup:
                - row /INVITE trunk plain .* trunk flaky/ [selected]
                - row /INVITE 180-503 plain/
            """
        )
        ladder = page.get_by_role("group", name="INVITE trunk from plain")
        expect(ladder.get_by_role("link").first).to_have_accessible_name(
            f"0.000 seconds: received INVITE sip:trunk@127.0.0.1:{host.port}, SDP"
        )


def test_everything_is_reached_by_the_keyboard_and_shows_it(browser: Browser, host: Host) -> None:
    with visit(browser, host) as page:
        for view in VIEWS:
            open_view(page, view)
            wanted = set(page.evaluate(REACHABLE))
            seen = set()
            # It begins where the reader was last, and passes the browser's own controls.
            for _ in range(2 * len(wanted) + 9):
                page.keyboard.press("Tab")
                focused = page.evaluate(FOCUSED)
                if focused is None:
                    continue
                assert focused[1], f"the focus is not seen: {focused[2]}"
                seen.add(focused[0])
                if wanted <= seen:
                    break
            assert wanted - seen == set(), view


def test_a_call_is_read_by_the_keyboard_alone(browser: Browser, host: Host) -> None:
    with visit(browser, host) as page:
        expect(page.locator("#call-space [role=row]:visible")).to_have_count(5)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#call-grid")).to_be_focused()
        for key in ("ArrowDown", "ArrowDown", "End", "ArrowUp"):
            page.keyboard.press(key)
        chosen = page.locator("#call-space [aria-selected=true]")
        expect(chosen).to_contain_text("200")
        expect(page.locator("#call-title")).to_contain_text("INVITE 200")
        identifier = chosen.get_attribute("id") or ""
        expect(page.locator("#call-grid")).to_have_attribute("aria-activedescendant", identifier)
        expect(page.locator("#ladder a").first).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("#ladder a").first).to_be_focused()
        page.keyboard.press("End")
        expect(page.locator(".raw .start")).to_contain_text("SIP/2.0 200 OK")
        page.keyboard.press("Escape")
        expect(page.locator("#call-grid")).to_be_focused()
        page.keyboard.press("Escape")
        expect(chosen).to_have_count(0)
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox", name="Filter calls")).to_be_focused()


def test_the_widths_of_panes_are_moved_and_kept(browser: Browser, host: Host) -> None:
    with visit(browser, host) as page:
        line = page.get_by_role("separator", name="Width of the list")
        before = int(line.get_attribute("aria-valuenow") or 0)
        line.focus()
        page.keyboard.press("ArrowRight")
        expect(line).to_have_attribute("aria-valuenow", str(before + 24))
        page.reload()
        expect(line).to_have_attribute("aria-valuenow", str(before + 24))
        box = line.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 2, box["y"] + 300)
        page.mouse.down()
        page.mouse.move(box["x"] - 98, box["y"] + 300)
        page.mouse.up()
        expect(line).to_have_attribute("aria-valuenow", str(before + 24 - 100))


def test_a_narrow_screen_shows_one_thing_after_the_other(browser: Browser, host: Host) -> None:
    with visit(browser, host, width=390) as page:
        for view in VIEWS:
            if view != "calls":
                page.locator(f"#tab-{view}").click()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide == 390, view
        page.locator("#tab-calls").click()
        page.locator("#call-space [role=row]:visible").first.click()
        expect(page.locator("#ladder a").first).to_be_visible()
        expect(page.locator("#call-grid")).to_be_hidden()
        assert int(page.locator("#ladder svg").get_attribute("width") or 999) <= 390
        page.get_by_role("button", name="← Calls").click()
        expect(page.locator("#call-grid")).to_be_visible()
        expect(page.locator("#call")).to_be_hidden()
