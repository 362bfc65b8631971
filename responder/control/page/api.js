/** The HTTP API of the responder that this page came from. */

const BASE = new URL("api/v1/", document.baseURI);
const KEPT = "responder-token";

/** What the responder answers when it cannot do what it was asked (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status of the answer. @param {object} document what it says. */
  constructor(status, document) {
    super(document.detail || document.title || `the responder answered ${status}`);
    this.status = status;
    this.title = document.title || "";
    this.errors = document.errors ?? [];
  }
}

/**
 * Take the token out of the address, where it was handed over, so that it is not passed on with
 * the address or seen on a picture of the screen.
 */
export function adoptToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found === null) return;
  setToken(found);
  history.replaceState(null, "", location.pathname + location.search);
}

/** Use a token from now on, as long as this tab of the browser is open. */
export function setToken(token) {
  sessionStorage.setItem(KEPT, token);
}

function headers(more) {
  const token = sessionStorage.getItem(KEPT);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/**
 * Send a request to a path below `/api/v1/` and return the response.
 *
 * @param {string} path
 * @param {RequestInit & {headers?: object}} options
 * @throws {Problem} it was answered with an error, or (status 0) not at all.
 */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(new URL(path, BASE), {
      cache: "no-store",
      ...options,
      headers: headers(options.headers ?? {}),
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Problem(0, { detail: "the responder cannot be reached" });
  }
  if (response.ok) return response;
  throw new Problem(response.status, await explained(response));
}

async function explained(response) {
  if (!/json/.test(response.headers.get("content-type") ?? "")) return {};
  return response.json().catch(() => ({}));
}

/** Return the document at a path. */
export async function get(path, options) {
  return (await request(path, options)).json();
}

/** Return the text at a path. */
export async function text(path, options) {
  return (await request(path, options)).text();
}

/** Send a document with a method, and return the one that comes back, if any. */
export async function send(method, path, body, more = {}) {
  const response = await request(path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: body === undefined ? more : { "Content-Type": "application/json", ...more },
  });
  return readAny(response);
}

/** Send YAML with a method, and return the document that comes back, if any. */
export async function sendYaml(method, path, body, more = {}) {
  const headers = { "Content-Type": "application/yaml", ...more };
  return readAny(await request(path, { method, body, headers }));
}

async function readAny(response) {
  return /json/.test(response.headers.get("content-type") ?? "") ? response.json() : null;
}

/** Return the path of a call, in one of its forms. */
export function callPath(id, form = "") {
  return `calls/${encodeURIComponent(id)}${form}`;
}

/** Return the path of a rule. */
export function rulePath(name) {
  return `rules/${encodeURIComponent(name)}`;
}
