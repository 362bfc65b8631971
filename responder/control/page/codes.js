/** The registry of status codes, each with a way to have the next call get it. */

import { get, Problem, rulePath, send } from "./api.js";
import { attempt, button, by, fill, h, say, settled, write } from "./dom.js";
import { go, where } from "./place.js";
import { kind, plural } from "./text.js";

export class Codes {
  #find = by("code-find");
  #asked = null;

  constructor() {
    const search = settled(() => {
      go({ codes: this.#find.value.trim() });
      this.load();
    }, 150);
    this.#find.addEventListener("input", search);
  }

  /** Read the codes that the search is for, and show them. */
  load = attempt(async () => {
    const wanted = where("codes");
    if (document.activeElement !== this.#find) this.#find.value = wanted;
    this.#asked?.abort();
    const { signal } = (this.#asked = new AbortController());
    const { codes } = await get(`codes?${new URLSearchParams({ q: wanted })}`, { signal });
    fill(by("code-rows"), codes.map(row));
    write(by("code-count"), plural(codes.length, "code"));
    by("code-none").hidden = codes.length > 0;
  });
}

function row(code) {
  const status = code.code;
  const title = `${status} ${code.phrase}`;
  const isFurther = (name) => !code.required_headers.includes(name);
  return h(
    "tr",
    {},
    h("th", { scope: "row", class: `code ${kind(status)}` }, String(status)),
    h(
      "td",
      { class: "code-phrase" },
      h("b", {}, code.phrase),
      code.status !== "current" && h("span", { class: "badge" }, code.status),
      h("p", {}, code.description),
    ),
    h("td", { class: "code-rfc" }, code.rfc, h("span", { class: "faint" }, section(code))),
    h("td", { class: "code-methods" }, code.methods.join(" ")),
    h(
      "td",
      { class: "code-headers" },
      code.required_headers.map((name) => h("code", { title: "required" }, name)),
      code.recommended_headers.filter(isFurther).map((name) => h("code", { class: "faint", title: "recommended" }, name)),
    ),
    h(
      "td",
      {},
      button("Next call gets this", attempt(() => next(code)), {
        class: "small", "aria-label": `Next ${methodsOf(code).word} gets ${title}`,
      }),
    ),
  );
}

/** Return where a code is defined; further places are in its RFC itself. */
function section({ section: places }) {
  const [first] = places.split("; ");
  return first.startsWith("RFC") || !first ? "" : ` §${first}`;
}

/** Return the requests that a code is for: calls, where it is for those. */
function methodsOf({ methods }) {
  if (methods.includes("INVITE") || methods.includes("any")) return { word: "call", list: ["INVITE"] };
  return { word: methods.join(" or "), list: methods };
}

async function next(code) {
  const { word, list } = methodsOf(code);
  const name = `next ${word} gets ${code.code}`;
  const rule = {
    name,
    match: { method: list.length === 1 ? list[0] : list },
    sequence: [{ times: 1, respond: code.code }],
    then: "unmatched",
  };
  const made = await send("POST", "rules", rule).catch(async (fault) => {
    if (!(fault instanceof Problem && fault.status === 409)) throw fault;
    // One of the same name is there, and may have had its turn already.
    await send("DELETE", rulePath(name));
    return send("POST", "rules", rule);
  });
  const known = made.rules[0].name;
  say(`The next ${word} gets ${code.code} ${code.phrase}`, {
    action: ["Undo", attempt(() => send("DELETE", rulePath(known)))],
  });
}
