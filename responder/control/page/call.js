/** The middle pane: one call, its ladder, and what can be made of it. */

import { callPath, get, Problem, request, text } from "./api.js";
import { atMostEvery, attempt, attribute, by, copy, fill, h, save, settled, write } from "./dom.js";
import { draw, LINKS, mark, walk } from "./ladder.js";
import { clock, count, duration, kind } from "./text.js";

const REFRESH = 400;
const SETTLE = 120;

export class CallView {
  #id = "";
  #call = null;
  #chosen = 0;
  #width = 0;
  #asked = null;
  #ladder = by("ladder");
  #inspector;
  #refresh = atMostEvery(REFRESH, () => this.#load());
  #soon = settled(() => this.#load(), SETTLE);

  /**
   * @param {import("./inspector.js").Inspector} inspector shows the message that is chosen.
   * @param {(yaml: string) => void} onRule is handed the rule that a call was made into.
   */
  constructor(inspector, onRule) {
    this.#inspector = inspector;
    walk(this.#ladder);
    // Its height changes with what is drawn; only to another width is it drawn anew.
    const resized = () => this.#ladder.clientWidth !== this.#width && this.#load();
    new ResizeObserver(settled(resized, SETTLE)).observe(this.#ladder);
    const act = (id, what) => by(id).addEventListener("click", attempt(() => this.#id && what(this.#id)));
    act("make-rule", async (id) => onRule(await text(callPath(id, ".yaml"))));
    act("copy-yaml", async (id) => copy(await text(callPath(id, ".yaml")), "Rule as YAML"));
    act("copy-pytest", async (id) => copy(await text(callPath(id, ".py")), "Test for pytest"));
    act("copy-ladder", async (id) => copy(await text(callPath(id, ".txt")), "Ladder as text"));
    act("save-pcap", async (id) => save(await (await request(callPath(id, ".pcap"))).blob(), `call-${id}.pcapng`));
  }

  /** Show a call. */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#call = null;
    this.#chosen = 0;
    this.#asked?.abort();
    // Who holds an arrow key down passes many calls, and wants the last one.
    this.#soon();
  }

  /** Have the keyboard where the message is that is looked at. */
  enter() {
    this.#ladder.querySelector("a[tabindex='0']")?.focus();
  }

  /** Show none. */
  clear() {
    this.#id = "";
    this.#call = null;
    this.#asked?.abort();
    this.#inspector.clear();
    by("call-none").hidden = false;
    by("call-some").hidden = true;
  }

  /** Read the call again. */
  again() {
    this.#refresh();
  }

  /** Read the call again if it is among some that changed. */
  changed(calls) {
    if (calls.some((call) => call.id === this.#id)) this.#refresh();
  }

  #load = attempt(async () => {
    const id = this.#id;
    const width = this.#ladder.clientWidth || by("call").clientWidth;
    if (!id || !width) return;
    this.#width = width;
    this.#asked?.abort();
    const { signal } = (this.#asked = new AbortController());
    try {
      const [call, picture] = await Promise.all([
        get(callPath(id), { signal }),
        text(`${callPath(id, ".svg")}?links=${LINKS}&width=${width}`, { signal }),
      ]);
      if (!signal.aborted) this.#show(call, picture);
    } catch (fault) {
      if (!(fault instanceof Problem && fault.status === 404)) throw fault;
      this.#gone(id);
    }
  });

  #gone(id) {
    by("call-none").hidden = true;
    by("call-some").hidden = false;
    by("call-actions").hidden = true;
    write(by("call-title"), `Call ${id}`);
    fill(by("call-facts"));
    fill(by("call-remarks"), h("p", { class: "remark" }, "It is no longer in the record, which keeps the newest calls only."));
    this.#ladder.replaceChildren();
    this.#inspector.clear();
  }

  #show(call, picture) {
    const first = this.#call === null;
    this.#call = call;
    by("call-none").hidden = true;
    by("call-some").hidden = false;
    by("call-actions").hidden = false;
    this.#heading(call);
    fill(by("call-remarks"), remarks(call));
    fill(by("call-verdicts"), verdicts(call));
    draw(this.#ladder, picture, (number) => this.#choose(number));
    if (first) this.#chosen = Math.max(0, call.entries.findIndex((entry) => MESSAGES.has(entry.kind)));
    this.#choose(this.#chosen);
  }

  #choose(number) {
    this.#chosen = number;
    mark(this.#ladder, number);
    this.#inspector.show(this.#call, number);
  }

  #heading(call) {
    const title = by("call-title");
    fill(
      title,
      h("b", {}, `${call.method} ${call.target}`),
      h("span", { class: "faint" }, " ← "),
      call.caller,
    );
    const statuses = call.statuses.filter((status) => status !== 100);
    const last = statuses.at(-1) ?? call.statuses.at(-1);
    attribute(title, "data-kind", last ? kind(last) : "open");
    fill(by("call-facts"), facts(call).map(([name, value, title]) =>
      h("div", { title }, h("dt", {}, name), h("dd", {}, value)),
    ));
  }
}

const MESSAGES = new Set(["received", "sent", "suppressed"]);

function facts(call) {
  const took = call.answered && duration(call.answered.epoch - call.began.epoch);
  const lasted = call.ended ? duration(call.ended.epoch - call.began.epoch) : "still going on";
  return [
    ["status", call.statuses.join(" ") || "none", ""],
    ["rule", call.rule ?? (call.unmatched ? "unmatched" : "none"), ""],
    ["began", clock(call.began), call.began.iso],
    ["answered after", took, ""],
    ["lasted", lasted, ""],
    ["sent again", call.retransmissions ? count(call.retransmissions) : "", "Retransmissions, of both sides"],
    ["peer", `${call.transport} ${call.source}`, ""],
    ["Call-ID", call.call_id, ""],
  ].filter(([, value]) => value);
}

function remarks(call) {
  return [
    call.failed && h("p", { class: "remark bad" }, h("b", {}, "Failed: "), call.failed),
    call.unmatched &&
      h("p", { class: "remark wait" }, h("b", {}, "Unmatched. "), call.nearest ? `Nearest: ${call.nearest}` : "There are no rules."),
    call.left_out > 0 && h("p", { class: "remark" }, `${count(call.left_out)} more entries were not kept.`),
  ];
}

/** Return what the caller did right and wrong; what never arose is not told. */
function verdicts(call) {
  const all = call.verdicts;
  if (!all.length) return [];
  const wrong = all.filter(({ outcome }) => outcome === "wrong");
  const right = all.filter(({ outcome }) => outcome !== "wrong");
  return [
    h("h3", {}, "The caller"),
    h(
      "ul",
      { class: "judged" },
      wrong.map((each) => h("li", { class: "bad" }, h("b", {}, `✗ ${each.name}`), ` ${each.said}`)),
      right.length > 0 &&
        h("li", { class: "good" }, h("b", {}, "✓ "), right.map(({ name }) => name).join(", ")),
    ),
  ];
}
