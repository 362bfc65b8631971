/** Where the reader is, kept in the address bar: `?tab=calls&filter=status:5xx&call=17`. */

const NAMES = ["tab", "filter", "call", "codes", "rule"];
const listeners = [];

/** Return one part of the place; empty where it is not set. */
export function where(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/**
 * Change parts of the place.
 *
 * @param {object} parts values by name; an empty one takes the part out.
 * @param {boolean} step whether the browser's back button leads to where the reader was.
 */
export function go(parts, step = false) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const ordered = NAMES.filter((name) => query.has(name)).map(
    (name) => `${name}=${encodeURIComponent(query.get(name)).replace(/%20/g, "+").replace(/%3A/g, ":").replace(/%2F/g, "/")}`,
  );
  const address = location.pathname + (ordered.length ? `?${ordered.join("&")}` : "");
  if (address === location.pathname + location.search) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Have something called when the reader went back or forward. */
export function onReturn(act) {
  listeners.push(act);
}

addEventListener("popstate", () => listeners.forEach((act) => act()));
