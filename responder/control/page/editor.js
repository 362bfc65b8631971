/** A field for YAML: numbered lines, colours, and what is wrong beside the line that it is on. */

import { attribute, button, fill, h } from "./dom.js";
import { shown } from "./text.js";

const LINE = 20;

export class Editor {
  #text;
  #under = h("div", { class: "under", "aria-hidden": "true" });
  #gutter = h("div", { class: "gutter", "aria-hidden": "true" });
  #findings;
  #errors = [];
  #drawn = [];
  #onInput;

  /**
   * @param {HTMLElement} place is filled with the field.
   * @param {string} label what the field is called.
   * @param {{onInput: () => void, onSave: () => void}} told of each change, and of Ctrl+S.
   */
  constructor(place, label, { onInput, onSave }) {
    const named = `${place.id}-findings`;
    this.#onInput = onInput;
    this.#text = h("textarea", {
      wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      "aria-label": label, "aria-describedby": named,
    });
    this.#findings = h("ul", { class: "findings", id: named, role: "alert" });
    const lines = h("div", { class: "lines" }, this.#under, this.#text);
    fill(place, h("div", { class: "editor" }, this.#gutter, lines), this.#findings);
    this.#text.addEventListener("input", () => this.#changed());
    this.#text.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#text.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && (event.key === "s" || event.key === "Enter")) {
        event.preventDefault();
        onSave();
      } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
        this.#indented(event);
      }
    });
  }

  get value() {
    return this.#text.value;
  }

  /** Show another text, without what was wrong with the one before. */
  set value(text) {
    if (this.#text.value !== text) this.#text.value = text;
    this.errors = [];
    this.#scrolled();
  }

  /** What is wrong: `line` and `column` from 1, `message`; shown until the text changes. */
  set errors(errors) {
    this.#errors = errors;
    attribute(this.#text, "aria-invalid", errors.length ? "true" : null);
    fill(this.#findings, errors.map((each) => this.#finding(each)));
    this.#draw();
  }

  /** Put the caret at a place, and bring it into view. */
  focus(line = 0, column = 1) {
    this.#text.focus();
    if (!line) return;
    const lines = this.#text.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const at = Math.min(before + Math.max(0, column - 1), this.#text.value.length);
    this.#text.setSelectionRange(at, at);
    this.#text.scrollTop = Math.max(0, (line - 4) * LINE);
  }

  #finding(error) {
    const spot = error.line ? `line ${error.line}${error.column ? `, column ${error.column}` : ""}` : "";
    return h(
      "li",
      {},
      spot && button(spot, () => this.focus(error.line, error.column), { class: "link" }),
      spot && ": ",
      error.message,
    );
  }

  #changed() {
    if (this.#errors.length) this.errors = [];
    else this.#draw();
    this.#onInput();
  }

  #draw() {
    const lines = this.#text.value.split("\n");
    const said = new Map();
    for (const { line, message } of this.#errors) {
      if (line) said.set(Math.min(line, lines.length), [said.get(line), message].filter(Boolean).join("; "));
    }
    const wanted = lines.map((line, at) => `${said.get(at + 1) ?? ""}\n${line}`);
    wanted.forEach((each, at) => {
      if (this.#drawn[at] !== each) this.#line(at, lines[at], said.get(at + 1));
    });
    while (this.#under.children.length > lines.length) {
      this.#under.lastChild.remove();
      this.#gutter.lastChild.remove();
    }
    this.#drawn = wanted;
  }

  #line(at, line, error) {
    const row = h("div", { class: error ? "wrong" : null }, coloured(line));
    if (error) row.append(h("span", { class: "said" }, `  ◀ ${error}`));
    const number = h("div", { class: error ? "wrong" : null }, String(at + 1));
    if (this.#under.children[at]) {
      this.#under.children[at].replaceWith(row);
      this.#gutter.children[at].replaceWith(number);
    } else {
      this.#under.append(row);
      this.#gutter.append(number);
    }
  }

  #scrolled() {
    const { scrollLeft, scrollTop } = this.#text;
    this.#under.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.#gutter.style.transform = `translateY(${-scrollTop}px)`;
  }

  /** Begin a new line where the one before begins; behind a colon or a dash one step further. */
  #indented(event) {
    const { selectionStart, value } = this.#text;
    const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
    const indent = /^ */.exec(line)[0] + (/[:]\s*$/.test(line) ? "  " : "");
    if (!indent) return;
    event.preventDefault();
    // Not by setting the value: the browser would forget what can be undone.
    document.execCommand("insertText", false, `\n${indent}`);
  }
}

const PARTS = /(#.*$)|("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|([\w.-]+(?:\s[\w.-]+)*)(?=:(?:\s|$))|(\b\d[\w.]*)/g;
const KINDS = ["comment", "string", "key", "number"];

/** Return a line of YAML in colours; roughly, since it is only to guide the eye. */
function coloured(line) {
  const parts = [];
  let at = 0;
  for (const found of line.matchAll(PARTS)) {
    // A hash within a word is none that begins a comment.
    if (found[1] && found.index > 0 && !/\s/.test(line[found.index - 1])) continue;
    parts.push(line.slice(at, found.index));
    const kind = KINDS[found.slice(1).findIndex(Boolean)];
    parts.push(h("span", { class: `yaml-${kind}` }, found[0]));
    at = found.index + found[0].length;
  }
  parts.push(line.slice(at) || (parts.length ? "" : "\u200b"));
  return parts.map((part) => (typeof part === "string" ? shown(part) : part));
}
