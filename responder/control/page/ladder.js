/** The ladder of a call: the picture of the reports, whose messages can be chosen here. */

const SVG = "http://www.w3.org/2000/svg";

// The picture is ours and what came by the wire is escaped in it. Still, only what a ladder is made
// of gets onto the page.
const ELEMENTS = new Set(["a", "svg", "g", "title", "desc", "line", "rect", "text", "path"]);
const ATTRIBUTES = new Set([
  "aria-describedby", "aria-label", "aria-labelledby", "class", "d", "height", "id", "role",
  "text-anchor", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2",
]);

/** The style sheet of ladders, which comes with the first of them: the page may have none inside. */
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
let styled = false;

/** What the identifiers of messages begin with, which the arrows of a ladder lead to. */
export const LINKS = "entry-";

/**
 * Put a ladder into an element.
 *
 * @param {HTMLElement} place
 * @param {string} text the picture as `GET /api/v1/calls/{id}.svg?links=` gives it with `LINKS`.
 * @param {(number: number) => void} onChoose is told which entry of the call the reader chose.
 */
export function draw(place, text, onChoose) {
  const picture = new DOMParser().parseFromString(unstyled(text), "image/svg+xml").documentElement;
  const ladder = adopted(picture);
  if (ladder?.localName !== "svg") throw new Error("the ladder cannot be read");
  const focused = currentOf(place);
  place.replaceChildren(ladder);
  for (const anchor of anchors(place)) {
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      onChoose(Number(anchor.dataset.entry));
    });
  }
  if (focused >= 0) anchors(place)[focused]?.focus();
}

/** Mark a message as the one that is looked at. */
export function mark(place, number) {
  for (const anchor of anchors(place)) {
    const current = Number(anchor.dataset.entry) === number;
    anchor.classList.toggle("current", current);
    if (current) anchor.setAttribute("aria-current", "true");
    else anchor.removeAttribute("aria-current");
    anchor.setAttribute("tabindex", current ? "0" : "-1");
  }
  const all = anchors(place);
  if (all.length && !all.some((anchor) => anchor.getAttribute("tabindex") === "0")) {
    all[0].setAttribute("tabindex", "0");
  }
}

/** Let the arrow keys go from message to message. */
export function walk(place) {
  place.addEventListener("keydown", (event) => {
    const all = anchors(place);
    const at = currentOf(place);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, to))];
    next.focus();
    next.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  });
}

function anchors(place) {
  return [...place.querySelectorAll("a")];
}

function currentOf(place) {
  return anchors(place).indexOf(document.activeElement);
}

function unstyled(text) {
  const [, style] = /<style>([^<]*)<\/style>/.exec(text) ?? [];
  if (style && !styled) {
    // Its colours are those of the page, which has the same names for them.
    sheet.replaceSync(style.replace(/--\w+: #[0-9a-f]+;/g, ""));
    styled = true;
  }
  return text.replace(/<style>[^<]*<\/style>/, "");
}

function adopted(element) {
  if (!ELEMENTS.has(element.localName) || element.namespaceURI !== SVG) return null;
  const copy = document.createElementNS(SVG, element.localName);
  for (const { name, value } of element.attributes) {
    if (ATTRIBUTES.has(name)) copy.setAttribute(name, value);
  }
  if (copy.localName === "a") lead(copy, element);
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copy.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) copy.append(adopted(child) ?? "");
  }
  return copy;
}

function lead(anchor, element) {
  anchor.setAttribute("href", "#inspector");
  anchor.dataset.entry = (element.getAttribute("href") ?? "").slice(1 + LINKS.length);
  // A list has items alone in it; what an item leads to is its name.
  anchor.setAttribute("aria-label", element.firstElementChild?.getAttribute("aria-label") ?? "");
}
