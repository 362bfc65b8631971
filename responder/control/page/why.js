/** Why a call was answered as it was: what each rule says of its first message. */

import { send } from "./api.js";
import { button, fill, h } from "./dom.js";
import { plural } from "./text.js";

/** Verdicts shown at first: there may be ten thousand rules. */
const MOST = 200;

/**
 * Show what each rule says of a call, and what it would get now.
 *
 * @param {HTMLElement} place
 * @param {object} call the document of the call.
 * @param {() => boolean} wanted whether it is still to be shown.
 * @param {(name: string) => void} onRule opens a rule.
 */
export async function explain(place, call, wanted, onRule) {
  const now = h("p", { class: "note" }, "…");
  fill(place, h("p", { class: "then" }, then(call)), now, rules(call, onRule));
  const { answer } = await send("POST", "match", { call: call.id });
  if (wanted()) fill(now, `Sent now, it would get: ${answer}`);
}

function then(call) {
  if (call.unmatched) {
    return [h("b", { class: "failure" }, "No rule matched it."), call.nearest && ` Nearest: ${call.nearest}.`];
  }
  if (call.rule) return ["It was answered by ", h("code", {}, call.rule), "."];
  return "No rule answered it: the protocol itself did.";
}

function rules({ rules: verdicts, rule }, onRule) {
  if (!verdicts.length) return h("p", { class: "note" }, "There are no rules: what is dialled decides.");
  const list = h("ol", { class: "verdicts" });
  const show = (some) => list.append(...some.map((each) => verdict(each, answered, onRule)));
  const answered = base(rule ?? "");
  // What answered is shown, however far down it is.
  const most = Math.max(MOST, verdicts.findIndex((each) => each.rule === answered) + 1);
  show(verdicts.slice(0, most));
  const left = verdicts.slice(most);
  if (!left.length) return list;
  const more = button(`Show ${plural(left.length, "more rule")}`, () => {
    show(left);
    more.remove();
  });
  return [list, more];
}

// `flaky-trunk/trunk 2/3` is the second of three answers of the rule.
function base(rule) {
  return rule.replace(/ \d+\/\d+$/, "");
}

function verdict(each, answered, onRule) {
  const answers = each.rule === answered && !each.misses.length;
  const kind = answers ? "answers" : each.matches ? "matches" : "misses";
  return h(
    "li",
    { class: kind },
    h("span", { class: "mark", "aria-hidden": "true" }, { answers: "✓", matches: "○", misses: "✗" }[kind]),
    button(each.rule, () => onRule(each.rule), { class: "link" }),
    each.file && h("span", { class: "spot" }, each.line ? `${each.file}:${each.line}` : each.file),
    h("p", { class: "says" }, each.why),
    each.misses.length > 0 && misses(each.misses),
  );
}

function misses(all) {
  const columns = ["field", "wanted", "got"];
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      all.map(({ field, wanted, got }) =>
        h("tr", {}, h("th", { scope: "row" }, field), h("td", {}, wanted), h("td", {}, got)),
      ),
    ),
  );
}
