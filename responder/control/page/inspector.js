/** The right pane: one message as it was, its header fields, its session, and why it was answered. */

import { attempt, button, by, copy, fill, h } from "./dom.js";
import { bytesOf, hexDump, sdpOf, taken } from "./message.js";
import { read } from "./sdp.js";
import { tabs } from "./tabs.js";
import { clock, plural, shown } from "./text.js";
import { explain } from "./why.js";

export class Inspector {
  #call = null;
  #entry = null;
  #tab = "raw";
  #explained = "";
  #onRule;

  /** @param {(name: string) => void} onRule opens a rule. */
  constructor(onRule) {
    this.#onRule = onRule;
    this.#choose = tabs(by("inspector-tabs"), (name) => {
      this.#tab = name;
      this.#why();
    });
    this.#choose("raw");
  }

  #choose;

  /** Show one entry of a call. */
  show(call, number) {
    const entry = call.entries[number] ?? null;
    this.#call = call;
    this.#why();
    if (same(entry, this.#entry)) return;
    this.#entry = entry;
    if (entry === null) {
      for (const name of ["raw", "fields", "sdp"]) fill(by(`inspector-${name}`), none("No message is kept."));
      return;
    }
    const message = taken(entry);
    fill(by("inspector-raw"), about(entry, message), raw(message), !message.whole && dump(entry));
    fill(by("inspector-fields"), about(entry, message), fields(message));
    fill(by("inspector-sdp"), ...session(sdpOf(message)));
  }

  /** Show nothing. */
  clear() {
    this.#call = this.#entry = null;
    this.#explained = "";
    for (const name of ["raw", "fields", "sdp", "why"]) fill(by(`inspector-${name}`));
  }

  /** Have the verdicts told anew when the call is shown next, since the rules are others now. */
  forget() {
    this.#explained = "";
  }

  #why() {
    const call = this.#call;
    if (!call || this.#tab !== "why") return;
    // What the rules say is about the first message; only the answer grows with the call.
    const asked = `${call.id} ${call.rule} ${call.unmatched}`;
    if (asked === this.#explained) return;
    this.#explained = asked;
    const place = by("inspector-why");
    const still = () => this.#explained === asked;
    explain(place, call, still, this.#onRule).catch((fault) => {
      if (still()) fill(place, none(fault.message));
    });
  }
}

function same(one, other) {
  return (
    one !== null && other !== null &&
    one.at.epoch === other.at.epoch && one.kind === other.kind &&
    one.text === other.text && one.base64 === other.base64
  );
}

function none(text) {
  return h("p", { class: "note" }, text);
}

function about(entry, message) {
  const size = plural(bytesOf(entry).length, "byte");
  const again = entry.again ? " again" : "";
  const direction = entry.kind === "suppressed" ? "never left" : `${entry.kind}${again}`;
  return h(
    "div",
    { class: "about" },
    h("span", { class: `direction ${entry.kind}` }, direction),
    h("span", {}, `+${entry.offset.toFixed(3)} s`),
    h("span", { title: entry.at.iso }, clock(entry.at)),
    h("span", {}, size),
    h("span", { class: "spring" }),
    button("Copy", attempt(() => copy(message.text, "Message")), { class: "small" }),
  );
}

/** Return a message as it was, to the character; only colours are added. */
function raw(message) {
  const pre = h("pre", { class: "raw", tabindex: "0", "aria-label": "Message as it was" });
  const [head, blank, body] = parted(message.text);
  head.forEach((line, number) => {
    const at = number === 0 || /^[ \t]/.test(line) ? 0 : line.indexOf(":") + 1;
    if (number === 0) append(pre, "start", line);
    else if (at) append(pre, "name", line.slice(0, at), line.slice(at));
    else append(pre, "", line);
  });
  append(pre, "", blank + body);
  return pre;
}

function append(pre, kind, text, rest = "") {
  pre.append(kind ? h("span", { class: kind }, text) : shown(text), shown(rest));
}

/** Return the lines of a header with their ends, the empty line, and the body. */
function parted(text) {
  const [blank] = /(?<=\n)\r?\n/.exec(text) ?? [""];
  const at = blank ? /(?<=\n)\r?\n/.exec(text).index : text.length;
  return [text.slice(0, at).split(/(?<=\n)/), blank, text.slice(at + blank.length)];
}

function dump(entry) {
  return [
    h("p", { class: "note" }, "Not all of it is UTF-8; what is not is shown as \ufffd. Its bytes:"),
    h("pre", { class: "raw", tabindex: "0", "aria-label": "Bytes of the message" }, hexDump(bytesOf(entry))),
  ];
}

function fields({ start, fields: all, body }) {
  const rows = all.map(({ name, full, value }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, full || "?", name !== full && h("span", { class: "compact" }, ` ${name}`)),
      h("td", {}, value),
    ),
  );
  return [
    h("p", { class: "start-line" }, start),
    h(
      "table",
      { class: "fields" },
      h("caption", {}, `${plural(all.length, "header field")}, ${plural(body.length, "character")} of body`),
      h("tbody", {}, rows),
    ),
  ];
}

function session(text) {
  if (!text) return [none("This message has no session description.")];
  return read(text).map(({ title, facts, lines }) =>
    h(
      "section",
      { class: "session" },
      h("h4", {}, title),
      h("dl", {}, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h(
        "table",
        { class: "fields" },
        h(
          "tbody",
          {},
          lines.map(([letter, value, meaning]) =>
            h("tr", {}, h("th", { scope: "row", title: meaning }, letter ? `${letter}=` : "?"), h("td", {}, value)),
          ),
        ),
      ),
    ),
  );
}
