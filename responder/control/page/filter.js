/** The filter of the list of calls: the same words as those of `GET /api/v1/calls?filter=`. */

const FIELDS = {
  rule: (call) => call.rule,
  method: (call) => call.method,
  from: (call) => call.caller,
  to: (call) => call.target,
  source: (call) => call.source,
  transport: (call) => call.transport,
};

const MARKS = {
  unmatched: (call) => call.unmatched,
  failed: (call) => Boolean(call.failed),
};

/**
 * Return whether a call is one that all words of a filter are about.
 *
 * New calls come by themselves, so the page has to know on its own which of them to show.
 */
export function predicate(text) {
  const tests = words(text).map(test);
  return (call) => tests.every((meets) => meets(call));
}

function test(word) {
  const [key, ...rest] = word.split(":");
  const wanted = rest.join(":").toLowerCase();
  if (rest.length && key === "status") return (call) => hasStatus(call.statuses, wanted);
  if (rest.length && FIELDS[key]) return (call) => holds(FIELDS[key](call), wanted);
  return MARKS[word] ?? ((call) => anywhere(call, word.toLowerCase()));
}

function hasStatus(statuses, wanted) {
  if (wanted === "none") return statuses.length === 0;
  const prefix = wanted.replace(/x+$/, "");
  return wanted.length === 3 && statuses.some((status) => String(status).startsWith(prefix));
}

/** Return the words of a filter. */
export function words(text) {
  return text.split(/\s+/).filter(Boolean);
}

/** Return a filter with a word added, or without it where it had it. */
export function toggled(text, word) {
  const before = words(text);
  const after = before.filter((each) => each !== word);
  if (after.length === before.length) after.push(word);
  return after.join(" ");
}

function holds(value, wanted) {
  return (value ?? "").toLowerCase().includes(wanted);
}

function anywhere(call, word) {
  return [call.target, call.caller, call.call_id].some((value) => holds(value, word));
}
