/** What happens, as it happens: server-sent events, read with fetch since they may need a token. */

import { Problem, request } from "./api.js";

const SOONEST = 500;
const LATEST = 3000;

/**
 * Follow the events until the page is left.
 *
 * @param {(event: {name: string, data: object}) => void} onEvent each event, and `begin` whenever
 *   events may have been missed, so that everything has to be read again.
 * @param {(state: "live"|"lost"|"refused") => void} onState how the connection is.
 */
export async function follow(onEvent, onState) {
  let latest = "";
  let wait = SOONEST;
  for (;;) {
    try {
      const resumed = latest !== "";
      const response = await request("events", {
        headers: {
          Accept: "text/event-stream",
          ...(resumed ? { "Last-Event-ID": latest } : {}),
        },
      });
      onState("live");
      wait = SOONEST;
      // What was missed comes first, or `gap` when it is not kept any more.
      if (!resumed) onEvent({ name: "begin", data: {} });
      for await (const event of events(response.body)) {
        if (event.id) latest = event.id;
        onEvent(event.name === "gap" ? { name: "begin", data: {} } : event);
      }
    } catch (fault) {
      if (fault instanceof Problem && (fault.status === 401 || fault.status === 403)) {
        onState("refused");
        return;
      }
      // Another process may answer next time, whose events count anew.
      if (fault instanceof Problem && fault.status === 0) latest = "";
    }
    onState("lost");
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(LATEST, wait * 2);
  }
}

/** Yield each event of a stream as the HTML standard has it written. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = blank();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.lines.length) yield finished(event);
        event = blank();
      } else {
        take(event, line);
      }
    }
  }
}

function blank() {
  return { name: "message", id: "", lines: [] };
}

function take(event, line) {
  const at = line.indexOf(":");
  const field = at < 0 ? line : line.slice(0, at);
  const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
  if (field === "event") event.name = value;
  else if (field === "id") event.id = value;
  else if (field === "data") event.lines.push(value);
}

function finished(event) {
  return { name: event.name, id: event.id, data: JSON.parse(event.lines.join("\n") || "{}") };
}
