/** Text, numbers and moments as people read them. */

// No other control characters, no halves of surrogate pairs; and nothing that changes the direction
// of what follows, since a line would then read other than it is.
const UNSHOWN =
  /[^\t\n\r\x20-\u{d7ff}\u{e000}-\u{10ffff}]|[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** Return text from the wire as it can be shown: what cannot be is U+FFFD. */
export function shown(text) {
  return String(text).replace(UNSHOWN, "\ufffd");
}

/** Return a whole number with its thousands set apart. */
export function count(number) {
  return Number(number).toLocaleString("en");
}

/** Return a number and its noun: `1 call`, `2,000 calls`. */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return a span of time, given in seconds. */
export function duration(seconds) {
  if (seconds < 0.0005) return "<1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** Return the time of day of a moment, where the reader is, to the millisecond. */
export function clock(moment) {
  const at = new Date(moment.epoch * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const thousandths = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${thousandths}`;
}

/** Return the class of a status for its colour: `provisional`, `success`, `redirect`, `failure`. */
export function kind(status) {
  return ["provisional", "success", "redirect"][Math.floor(status / 100) - 1] ?? "failure";
}
