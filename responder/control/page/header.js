/** The head of the page: where to dial, who listens, and what is not as the files say. */

import { get, rulePath, send, setToken, text } from "./api.js";
import { attempt, attribute, button, by, copy, fill, h, say, write } from "./dom.js";
import { count, duration, plural } from "./text.js";

const LATER = 10_000;

export class Header {
  #onStatus;
  #timer = 0;
  #picture = "";
  #refused = false;

  /** @param {(status: object) => void} onStatus is told of each status that is read. */
  constructor(onStatus) {
    this.#onStatus = onStatus;
    by("dial-copy").addEventListener("click", attempt(() => copy(by("dial").textContent, "Address")));
    const dialog = by("reset-dialog");
    by("reset").addEventListener("click", () => dialog.showModal());
    by("reset-no").addEventListener("click", () => dialog.close());
    by("reset-yes").addEventListener("click", attempt(async () => {
      dialog.close();
      await send("POST", "reset");
      say("Rules of run time, counts and the record are forgotten");
    }));
    this.#theme(by("theme"));
  }

  /** Read how the responder is, now and every few seconds. */
  load = attempt(async () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => document.hidden || this.load(), LATER);
    const status = await get("status").catch((fault) => {
      // That it cannot be reached stands beside the light already.
      if (fault.status !== 0) throw fault;
    });
    if (!status) return;
    this.#show(status);
    this.#onStatus(status);
  });

  /** Show how the connection is: `live`, `lost` or `refused`. */
  connection(state) {
    attribute(by("live"), "data-state", state);
    write(by("live"), { live: "live", lost: "reconnecting", refused: "no access" }[state]);
    this.#refused = state === "refused";
    if (this.#refused) this.#askToken();
  }

  #show(status) {
    // The last one is reached from beyond this machine, if any is; the QR code has it too.
    const first = status.dial.at(-1);
    const others = status.dial.slice(0, -1);
    write(by("dial"), first ? `sip:${first}` : "nowhere");
    write(by("version"), status.version);
    attribute(by("version"), "title", `running for ${duration(status.uptime)}`);
    document.title = status.label ? `${status.label} · SIP responder` : "SIP responder";
    write(by("label"), status.label ?? "");
    by("label").hidden = !status.label;
    fill(by("listeners"), status.listeners.map(listener));
    fill(by("facts"), facts(status).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    fill(by("dial-others"), others.map((each) => h("li", {}, h("code", {}, `sip:${each}`))));
    by("dial-others").hidden = !others.length;
    for (const example of document.querySelectorAll("[data-dial]")) {
      write(example, example.dataset.dial.replace("HOST", first ?? "HOST"));
    }
    this.#banner(status);
    this.#qr(first).catch(() => {
      by("qr-button").hidden = true;
    });
  }

  async #qr(dial) {
    if (this.#picture === dial) return;
    this.#picture = dial;
    const picture = new Blob([await text("qr.svg")], { type: "image/svg+xml" });
    const address = URL.createObjectURL(picture);
    for (const image of document.querySelectorAll(".qr")) {
      image.src = address;
      image.alt = image.closest("button") ? "" : `QR code of sip:${dial}`;
    }
    by("qr-button").hidden = false;
  }

  #banner({ reload, overrides, impairments }) {
    const parts = [];
    if (!reload.ok) parts.push(reloadError(reload));
    if (overrides.length) parts.push(this.#override(overrides));
    if (impairments) {
      parts.push(
        notice("wait", [
          h("span", {}, `${plural(impairments, "impairment")} of all traffic ${impairments === 1 ? "holds" : "hold"}.`),
          button("Show", () => by("tab-faults").click(), { class: "small" }),
        ]),
      );
    }
    // Only what is new is put in, so that a screen reader does not say it every few seconds.
    const text = JSON.stringify([reload.errors, overrides, impairments, reload.ok]);
    if (by("banner").dataset.text === text || this.#refused) return;
    by("banner").dataset.text = text;
    fill(by("banner"), parts);
  }

  #override(names) {
    const told = names.slice(0, 3).flatMap((name, at) => [at ? ", " : " ", h("code", {}, name)]);
    const more = names.length > 3 ? ` and ${count(names.length - 3)} more` : "";
    return notice("override", [
      h("span", {}, h("b", {}, `${plural(names.length, "override")} of run time:`), told, more),
      button("Show", () => by("tab-rules").click(), { class: "small" }),
      button("Remove", attempt(async () => {
        for (const name of names) await send("DELETE", rulePath(name));
        say(`${plural(names.length, "rule")} of run time removed`);
      }), { class: "small", "aria-label": "Remove all overrides" }),
    ]);
  }

  #askToken() {
    const field = h("input", { id: "token", type: "password", autocomplete: "off" });
    const enter = () => {
      setToken(field.value.trim());
      location.reload();
    };
    field.addEventListener("keydown", (event) => event.key === "Enter" && enter());
    const label = "This responder wants the token that it printed at its start:";
    fill(by("banner"), notice("bad", [h("label", { for: "token" }, label), field, button("Enter", enter, { class: "small" })]));
  }

  #theme(choice) {
    const apply = () => {
      attribute(document.documentElement, "data-theme", choice.value === "auto" ? null : choice.value);
      localStorage.setItem("responder-theme", choice.value);
    };
    choice.value = localStorage.getItem("responder-theme") ?? "auto";
    if (!choice.value) choice.value = "auto";
    choice.addEventListener("change", apply);
    apply();
  }
}

function notice(kind, children) {
  return h("div", { class: `notice ${kind}` }, children);
}

function reloadError({ errors }) {
  const lines = errors.slice(0, 5).map((error) => {
    const spot = [error.file, error.line, error.column].filter(Boolean).join(":");
    return h("li", {}, spot && h("code", {}, spot), spot && " ", error.message);
  });
  return notice("bad", [
    h("div", { role: "alert" }, h("b", {}, "The files could not be read again; the rules before them still answer."), h("ul", {}, lines)),
    button("Read again", attempt(() => send("POST", "rules/reload")), { class: "small" }),
  ]);
}

function listener({ transport, address, name }) {
  return h("li", { title: name ? `listener ${name}` : null }, h("b", {}, transport), ` ${address}`, name && h("span", { class: "faint" }, ` ${name}`));
}

function facts(status) {
  return [
    ["seed", status.seed ?? "random"],
    ["unmatched", status.unmatched_answer === "dial" ? "dialled" : status.unmatched_answer],
  ].map(([name, value]) => [name, String(value)]);
}
