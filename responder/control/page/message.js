/** A SIP message taken apart for reading: nothing is judged, only shown. */

// The one-letter names of header fields (RFC 3261 section 7.3.3 and the registry of IANA).
const COMPACT = {
  a: "Accept-Contact", b: "Referred-By", c: "Content-Type", d: "Request-Disposition",
  e: "Content-Encoding", f: "From", i: "Call-ID", j: "Reject-Contact", k: "Supported",
  l: "Content-Length", m: "Contact", n: "Identity-Info", o: "Event", r: "Refer-To", s: "Subject",
  t: "To", u: "Allow-Events", v: "Via", x: "Session-Expires", y: "Identity",
};

/** Return the bytes of an entry of a call's document. */
export function bytesOf(entry) {
  if (entry.base64 === undefined) return new TextEncoder().encode(entry.text ?? "");
  return Uint8Array.from(atob(entry.base64), (character) => character.charCodeAt(0));
}

/**
 * Take an entry of a call's document apart.
 *
 * @returns {{start: string, fields: {name: string, full: string, value: string}[], body: string,
 *   type: string, whole: boolean}} the start line; each line of the header, folded ones in one,
 *   with the name as it was and in full; the body and its type; and whether all of it was UTF-8.
 */
export function taken(entry) {
  const whole = entry.base64 === undefined;
  const text = whole ? entry.text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(entry));
  const [, head, body = ""] = /^([^]*?)(?:\r?\n\r?\n([^]*))?$/.exec(text);
  const [start, ...lines] = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const fields = lines.filter(Boolean).map(field);
  const type = fields.find(({ full }) => full.toLowerCase() === "content-type")?.value ?? "";
  return { start, fields, body, type, whole, text };
}

function field(line) {
  const at = line.indexOf(":");
  if (at < 0) return { name: "", full: "", value: line };
  const name = line.slice(0, at).trim();
  return { name, full: COMPACT[name.toLowerCase()] ?? name, value: line.slice(at + 1).trim() };
}

/** Return the session description in a message, also one of several parts of a body; else "". */
export function sdpOf({ body, type }) {
  if (/^application\/sdp/i.test(type)) return body;
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (!boundary) return "";
  for (const part of body.split(`--${boundary}`)) {
    const [, head, inner = ""] = /^\s*([^]*?)\r?\n\r?\n([^]*)$/.exec(part) ?? [];
    if (/content-type:\s*application\/sdp/i.test(head ?? "")) return inner;
  }
  return "";
}

/** Return bytes as lines of a hex dump: offset, sixteen bytes, and what they are in ASCII. */
export function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const ascii = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "."));
    lines.push(
      `${at.toString(16).padStart(4, "0")}  ${hex.join(" ").padEnd(48)} ${ascii.join("")}`,
    );
  }
  return lines.join("\n");
}
