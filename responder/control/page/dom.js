/** Elements, made of text nodes and known attributes only: no text ever becomes markup. */

import { shown } from "./text.js";

/**
 * Make an element.
 *
 * `on...` is a listener, `class` and the rest are attributes; false, null and undefined leave one
 * out, true gives an empty one. Children that are no nodes are text.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : shown(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : shown(child));
  }
}

/** Put children in place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Set the text of an element, unless it has it already. */
export function write(element, text) {
  const wanted = shown(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Set or remove an attribute, unless it is so already. */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

/** Return the element with an identifier. */
export function by(id) {
  return document.getElementById(id);
}

/** Make a button. */
export function button(label, act, attributes = {}) {
  return h("button", { type: "button", onclick: act, ...attributes }, label);
}

const LASTING = 6000;
let fading = 0;

/**
 * Say something at the foot of the page, also to screen readers.
 *
 * @param {string} text what happened.
 * @param {{bad?: boolean, action?: [string, () => void]}} more whether it went wrong, in which case
 *   it stays until it is closed; and a button to go with it.
 */
export function say(text, { bad = false, action = null } = {}) {
  const toast = by("toast");
  clearTimeout(fading);
  const close = () => {
    toast.hidden = true;
  };
  toast.className = bad ? "toast bad" : "toast";
  fill(
    toast,
    h("span", { role: bad ? "alert" : "status" }, text),
    action && button(action[0], () => (close(), action[1]())),
    button("✕", close, { class: "plain", "aria-label": "Close" }),
  );
  toast.hidden = false;
  if (!bad) fading = setTimeout(close, LASTING);
}

/** Put text on the clipboard, and say so. */
export async function copy(text, what) {
  // Browsers have a clipboard only for pages that came encrypted or from this machine.
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyOldWay(text);
  say(`${what} copied`);
}

function copyOldWay(text) {
  const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
  field.value = text;
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus();
  if (!done) throw new Error("this browser does not let a page copy");
}

/** Have the browser save a file. */
export function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Return a listener that does something, and says what went wrong with it.
 *
 * What was given up is nothing that went wrong; and that a token is missing is said at the top.
 */
export function attempt(act) {
  return async (...given) => {
    try {
      await act(...given);
    } catch (fault) {
      if (fault.name !== "AbortError" && fault.status !== 401) say(fault.message, { bad: true });
    }
  };
}

/** Return a function that calls another one once it has not been called for a while. */
export function settled(act, milliseconds) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}

/** Return a function that calls another one at most once in a span, and at its end once more. */
export function atMostEvery(milliseconds, act) {
  let timer = 0;
  let last = -Infinity;
  const go = () => {
    timer = 0;
    last = performance.now();
    act();
  };
  return () => {
    if (timer) return;
    timer = setTimeout(go, Math.max(0, last + milliseconds - performance.now()));
  };
}
