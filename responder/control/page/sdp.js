/** A session description in words (RFC 8866), for reading: each line, and what it means. */

const LINES = {
  v: "version", o: "origin", s: "session name", i: "information", u: "URI", e: "e-mail",
  p: "telephone", c: "connection", b: "bandwidth", t: "time", r: "repeat", z: "time zones",
  k: "key", a: "attribute", m: "media",
};

// RFC 3551: payload types that need no rtpmap.
const STATIC = {
  0: "PCMU/8000", 3: "GSM/8000", 4: "G723/8000", 5: "DVI4/8000", 8: "PCMA/8000", 9: "G722/8000",
  13: "CN/8000", 15: "G728/8000", 18: "G729/8000", 26: "JPEG/90000", 31: "H261/90000",
  34: "H263/90000",
};

const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"];

/**
 * Read a session description.
 *
 * @returns {{title: string, facts: string[][], lines: string[][]}[]} the session, then each of its
 *   media: a title, what matters of it by name, and each line as its letter, value and meaning.
 */
export function read(text) {
  const parts = [{ title: "Session", facts: [], lines: [] }];
  for (const line of text.split(/\r?\n/).filter((each) => each.trim())) {
    const letter = line[1] === "=" ? line[0] : "";
    const value = letter ? line.slice(2) : line;
    if (letter === "m") parts.push({ title: "", facts: [], lines: [] });
    parts.at(-1).lines.push([letter, value, LINES[letter] ?? "not a line of SDP"]);
  }
  const [session, ...media] = parts;
  session.facts = sessionFacts(session);
  for (const part of media) describe(part, session);
  return parts;
}

function values(part, letter) {
  return part.lines.filter(([each]) => each === letter).map(([, value]) => value);
}

function attributes(part, name) {
  return values(part, "a")
    .filter((value) => value === name || value.startsWith(`${name}:`))
    .map((value) => value.slice(name.length + 1));
}

function address(part) {
  return values(part, "c")[0]?.split(" ")[2];
}

function sessionFacts(session) {
  const [user, id, version, , , host] = (values(session, "o")[0] ?? "").split(" ");
  return [
    ["from", user && `${user} at ${host ?? "?"}`],
    ["session", id && `${id}, version ${version ?? "?"}`],
    ["address", address(session)],
  ].filter(([, value]) => value);
}

function describe(part, session) {
  const [kind = "", port = "", protocol = "", ...formats] = values(part, "m")[0].split(" ");
  part.title = port === "0" ? `${kind}, refused` : `${kind} on port ${port}`;
  const maps = Object.fromEntries(
    attributes(part, "rtpmap").map((value) => value.split(/ (.*)/).slice(0, 2)),
  );
  const codecs = formats.map((format) => `${format} ${maps[format] ?? STATIC[format] ?? ""}`.trim());
  const direction = [part, session].flatMap((each) => values(each, "a").filter((value) => DIRECTIONS.includes(value)))[0];
  part.facts = [
    ["to", [address(part) ?? address(session), port].filter(Boolean).join(" port ")],
    ["over", protocol],
    ["direction", direction ?? "sendrecv (not said)"],
    ["formats", codecs.join(", ")],
    ["packet time", attributes(part, "ptime")[0] && `${attributes(part, "ptime")[0]} ms`],
    ["candidates", attributes(part, "candidate").length || ""],
  ].filter(([, value]) => value);
}
