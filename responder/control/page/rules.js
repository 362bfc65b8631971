/** The rules in the order in which they are tried, and one of them to be edited. */

import { get, Problem, rulePath, send, sendYaml } from "./api.js";
import { atMostEvery, attempt, attribute, by, fill, h, say, write } from "./dom.js";
import { Editor } from "./editor.js";
import { go, where } from "./place.js";
import { count, plural } from "./text.js";

const REFRESH = 2000;
const MOST = 500;
/** Under which a rule that does not exist yet stands among the drafts. */
const NEW = "";
const TEMPLATE = `name: busy for a while
match: {method: INVITE, to.user: "1001"}
sequence:
  - {times: 2, respond: 486}
  - respond: [180, {wait: 2s}, 200]
`;

export class Rules {
  #rules = [];
  #etag = "";
  #name = null;
  #drafts = new Map();
  #find = by("rule-find");
  #editor = new Editor(by("rule-editor"), "Rule as YAML", {
    onInput: () => this.#edited(),
    onSave: () => this.#save(),
  });
  /** Counts change with every call; who looks at them wants them soon, not at once. */
  counted = atMostEvery(REFRESH, () => {
    if (!by("panel-rules").hidden) this.load();
  });

  constructor() {
    by("rule-new").addEventListener("click", () => this.open(NEW));
    by("rule-save").addEventListener("click", () => this.#save());
    by("rule-discard").addEventListener("click", () => this.#discard());
    by("rule-remove").addEventListener("click", () => this.#remove());
    this.#find.addEventListener("input", () => this.#list());
    by("rule-reload").addEventListener("click", attempt(async () => {
      await send("POST", "rules/reload");
      say("The files were read again");
    }));
  }

  /** Read the rules, and show them. */
  load = attempt(async () => {
    const answer = await get("rules");
    this.#rules = answer.rules;
    this.#etag = answer.etag;
    write(by("count-rules"), count(this.#rules.length));
    this.#list();
    const wanted = where("rule");
    if (this.#name === null) this.#show(this.#known(wanted) ? wanted : (this.#rules[0]?.name ?? NEW));
    else if (this.#name !== NEW && !this.#known(this.#name) && !this.#drafts.has(this.#name)) {
      this.#show(this.#rules[0]?.name ?? NEW);
    } else if (!this.#drafts.has(this.#name)) this.#show(this.#name);
    else this.#buttons();
  });

  /** Open a rule, or with an empty name a new one. */
  open(name) {
    this.#show(name);
    if (name === NEW) this.#editor.focus(1);
  }

  /** Open a new rule that is written already. */
  draft(yaml) {
    this.#drafts.set(NEW, yaml);
    this.open(NEW);
  }

  #known(name) {
    return this.#rules.find((rule) => rule.name === name);
  }

  #written(name) {
    return name === NEW ? TEMPLATE : (this.#known(name)?.yaml ?? "");
  }

  #show(name) {
    this.#name = name;
    if (!by("panel-rules").hidden) go({ rule: name });
    this.#editor.value = this.#drafts.get(name) ?? this.#written(name);
    const rule = this.#known(name);
    write(by("rule-title"), name === NEW ? "A new rule" : name);
    fill(by("rule-about"), rule ? about(rule) : "It is tried before all others, until it is removed or the responder is reset.");
    this.#buttons();
    this.#list();
  }

  #edited() {
    const { value } = this.#editor;
    if (value === this.#written(this.#name)) this.#drafts.delete(this.#name);
    else this.#drafts.set(this.#name, value);
    this.#buttons();
    this.#list();
  }

  #buttons() {
    const rule = this.#known(this.#name);
    const edited = this.#drafts.has(this.#name);
    by("rule-save").disabled = !edited && this.#name !== NEW;
    write(by("rule-save"), this.#name === NEW ? "Add" : "Save");
    by("rule-discard").hidden = !edited;
    by("rule-remove").hidden = rule?.origin !== "runtime";
  }

  #save = attempt(async () => {
    const name = this.#name;
    const text = this.#editor.value;
    try {
      const answer = name === NEW
        ? await sendYaml("POST", "rules", text)
        : await sendYaml("PUT", rulePath(name), text, { "If-Match": this.#etag });
      this.#drafts.delete(name);
      const made = answer.rules[0]?.name ?? name;
      await this.load();
      this.#show(made);
      const warned = answer.warnings.map(({ message }) => `; ${message}`).join("");
      say(`${made} ${name === NEW ? "is tried first from now on" : "is changed"}${warned}`);
    } catch (fault) {
      // Somebody else was faster; what is written here stays, and can be saved over that.
      if (fault.status === 412) await this.load();
      if (!(fault instanceof Problem) || !fault.errors.length) throw fault;
      this.#editor.errors = fault.errors;
      this.#editor.focus(fault.errors[0].line, fault.errors[0].column);
    }
  });

  #discard() {
    this.#drafts.delete(this.#name);
    this.#show(this.#name);
  }

  #remove = attempt(async () => {
    const name = this.#name;
    await send("DELETE", rulePath(name));
    this.#drafts.delete(name);
    say(`${name} is removed`);
    await this.load();
  });

  #list() {
    const wanted = this.#find.value.trim().toLowerCase();
    const fits = this.#rules.filter(({ name }) => name.toLowerCase().includes(wanted));
    const items = fits.slice(0, MOST).map((rule) => this.#item(rule));
    if (this.#name === NEW || this.#drafts.has(NEW)) items.unshift(this.#newItem());
    const place = by("rule-list");
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.rule : null;
    fill(place, items);
    if (focused !== null) [...place.querySelectorAll("button")].find((each) => each.dataset.rule === focused)?.focus();
    const left = fits.length - MOST;
    const none = this.#rules.length ? "No rule has such a name." : "There are no rules: what is dialled decides.";
    write(by("rule-more"), left > 0 ? `and ${plural(left, "more rule")}` : fits.length ? "" : none);
  }

  #item(rule) {
    const spot = rule.origin === "runtime" ? "run time" : [rule.file?.split("/").pop(), rule.line].filter(Boolean).join(":");
    return this.#entry(rule.name, [
      h("span", { class: "rule-name" }, rule.name),
      this.#drafts.has(rule.name) && h("span", { class: "edited", title: "not saved" }, "●"),
      h("span", { class: rule.origin === "runtime" ? "badge override" : "spot", title: rule.file }, spot),
      h("span", { class: "used", title: "requests that it answered" }, `×${count(rule.used)}`),
    ]);
  }

  #newItem() {
    return this.#entry(NEW, [h("span", { class: "rule-name" }, "A new rule"), h("span", { class: "edited" }, "●")]);
  }

  #entry(name, children) {
    const item = h("button", { type: "button", class: "rule-item", "data-rule": name }, children);
    if (name === this.#name) attribute(item, "aria-current", "true");
    item.addEventListener("click", () => this.#show(name));
    return h("li", {}, item);
  }
}

function about(rule) {
  const used = `It has answered ${plural(rule.used, "request")}.`;
  const spot = rule.line ? `${rule.file}:${rule.line}` : rule.file;
  return [
    rule.origin === "runtime" ? "Set at run time. " : rule.file && ["From ", h("code", {}, spot), ". "],
    `${used} `,
    rule.origin === "file" && "Saving changes it at run time; the file stays as it is.",
  ];
}
