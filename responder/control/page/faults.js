/** What holds for all traffic now: the impairments, in words and to be edited. */

import { get, Problem, sendYaml } from "./api.js";
import { attempt, button, by, fill, h, say, write } from "./dom.js";
import { count, plural } from "./text.js";

const CHANCE = "0 to 1, or 10%";
const TIME = "80ms, 2s";

/** What an impairment is made of: its name, what it is, and how it is written. */
export const FIELDS = [
  ["direction", "which way", ["both", "in", "out"]],
  ["transport", "transport", ["any", "udp", "tcp"]],
  ["source", "peers", "10.0.0.0/8"],
  ["loss", "lost", CHANCE],
  ["duplicate", "doubled", CHANCE],
  ["corrupt", "corrupted", CHANCE],
  ["delay", "delay", TIME],
  ["jitter", "jitter ±", TIME],
  ["reorder", "reordered", CHANCE],
  ["rate", "rate, bytes/s", "20000"],
  ["queue", "queue, bytes", "1000000"],
  ["reset", "connection reset", CHANCE],
  ["from", "begins after", TIME],
  ["until", "ends after", TIME],
];

const CHANCES = new Set(FIELDS.filter(([, , form]) => form === CHANCE).map(([name]) => name));

const TIMES = new Set(FIELDS.filter(([, , form]) => form === TIME).map(([name]) => name));

const PRESETS = {
  "one in ten lost": { transport: "udp", loss: 0.1 },
  "bad wireless": { transport: "udp", loss: 0.05, delay: "40ms", jitter: "35ms", reorder: 0.1 },
  satellite: { delay: "280ms", jitter: "20ms" },
  "thin line": { rate: 8000, queue: 16000 },
  "nothing arrives": { direction: "in", transport: "udp", loss: 1 },
  "nothing leaves": { direction: "out", transport: "udp", loss: 1 },
};

export class Faults {
  #held = [];
  #edited = null;

  constructor() {
    by("fault-apply").addEventListener("click", attempt(() => this.#apply(this.#shown)));
    by("fault-discard").addEventListener("click", () => {
      this.#edited = null;
      this.#draw();
    });
    by("fault-clear").addEventListener("click", attempt(() => this.#apply([])));
    by("fault-add").addEventListener("click", () => this.#add({}));
    fill(
      by("fault-presets"),
      Object.entries(PRESETS).map(([name, preset]) =>
        button(name, () => this.#add(preset), { class: "small" }),
      ),
    );
  }

  /** Read what holds; what is being edited stays as it is. */
  load = attempt(async () => {
    this.#held = (await get("faults")).impairments.map(readable);
    write(by("count-faults"), this.#held.length ? count(this.#held.length) : "");
    fill(
      by("fault-now"),
      this.#held.length
        ? h("ol", {}, this.#held.map((each) => h("li", {}, inWords(each))))
        : h("p", { class: "note" }, "Nothing is lost, delayed or spoiled."),
    );
    by("fault-clear").hidden = !this.#held.length;
    if (this.#edited === null) this.#draw();
  });

  get #shown() {
    return this.#edited ?? this.#held;
  }

  #add(impairment) {
    this.#edited = [...this.#shown.map((each) => ({ ...each })), { ...impairment }];
    this.#draw();
    by("fault-cards").lastElementChild?.querySelector("select, input")?.focus();
  }

  async #apply(impairments) {
    by("fault-errors").replaceChildren();
    const [body, spots] = written(impairments);
    try {
      await sendYaml("PUT", "faults", body);
    } catch (fault) {
      if (!(fault instanceof Problem && fault.status === 422)) throw fault;
      this.#wrong(fault, spots);
      return;
    }
    this.#edited = null;
    await this.load();
    this.#draw();
    say(impairments.length ? `${plural(impairments.length, "impairment")} of all traffic from now on` : "All traffic passes as it is");
  }

  #wrong(fault, spots) {
    const errors = fault.errors.length ? fault.errors : [{ message: fault.message }];
    fill(by("fault-errors"), errors.map(({ message }) => h("li", {}, message)));
    for (const { line } of errors) by(spots[line - 1] ?? "")?.setAttribute("aria-invalid", "true");
    by("fault-cards").querySelector("[aria-invalid]")?.focus();
  }

  #draw() {
    fill(by("fault-cards"), this.#shown.map((each, number) => this.#card(each, number)));
    by("fault-errors").replaceChildren();
    this.#buttons();
  }

  #buttons() {
    const same = this.#edited === null || JSON.stringify(this.#edited) === JSON.stringify(this.#held);
    by("fault-apply").disabled = same;
    by("fault-discard").hidden = same;
  }

  #card(impairment, number) {
    return h(
      "fieldset",
      { class: "card" },
      h("legend", {}, `Impairment ${number + 1}`),
      FIELDS.map(([name, label, form]) => this.#field(impairment, number, name, label, form)),
      button("Remove", () => {
        this.#edited = this.#shown.filter((each) => each !== impairment);
        this.#draw();
        by("fault-add").focus();
      }, { class: "small", "aria-label": `Remove impairment ${number + 1}` }),
    );
  }

  #field(impairment, number, name, label, form) {
    const id = `fault-${number}-${name}`;
    const value = impairment[name] ?? "";
    const input = Array.isArray(form)
      ? h("select", { id }, form.map((each) => h("option", { selected: each === value }, each)))
      : h("input", { id, value, placeholder: form, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => {
      this.#edited = this.#shown.map((each, at) =>
        at === number ? changed(each, name, input.value.trim(), Array.isArray(form) && form[0]) : { ...each },
      );
      impairment = this.#edited[number];
      input.removeAttribute("aria-invalid");
      this.#buttons();
    });
    return h("label", { for: id, class: value === "" ? null : "set" }, h("span", {}, label), input);
  }
}

/**
 * Return impairments as they are sent, and for each line the field that it is about: a mistake is
 * told with its line.
 */
function written(impairments) {
  const lines = [impairments.length ? "impairments:" : "impairments: []"];
  const spots = [""];
  impairments.forEach((impairment, number) => {
    lines.push("- {");
    spots.push("");
    for (const [name, value] of Object.entries(impairment)) {
      lines.push(`  ${name}: ${JSON.stringify(value)},`);
      spots.push(`fault-${number}-${name}`);
    }
    lines.push("  }");
    spots.push("");
  });
  return [lines.join("\n"), spots];
}

function changed(impairment, name, text, usual) {
  const { [name]: _, ...others } = impairment;
  if (text === "" || text === usual) return others;
  return { ...others, [name]: valueOf(text) };
}

/** Return an impairment with its times as people write them. */
function readable(impairment) {
  const time = (seconds) => (seconds < 1 ? `${Number((seconds * 1000).toPrecision(6))}ms` : `${seconds}s`);
  return Object.fromEntries(
    Object.entries(impairment).map(([name, value]) => [
      name,
      TIMES.has(name) && typeof value === "number" ? time(value) : value,
    ]),
  );
}

function percent(value) {
  return typeof value === "number" ? `${Number((value * 100).toPrecision(3))} %` : value;
}

/** Return what was written as the number that it is, or as it is. */
function valueOf(text) {
  const percent = /^([\d.]+)\s*%$/.exec(text);
  if (percent) return Number(percent[1]) / 100;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function inWords(impairment) {
  const { direction = "both", transport = "any", source, from, until, ...what } = impairment;
  const traffic = [
    transport === "any" ? "All traffic" : `All ${transport.toUpperCase()} traffic`,
    { both: "both ways", in: "that comes", out: "that leaves" }[direction],
    source && `of ${source}`,
    from && `from ${from} on`,
    until && `until ${until}`,
  ];
  const done = Object.entries(what).map(([name, value]) => `${name} ${CHANCES.has(name) ? percent(value) : value}`);
  return `${traffic.filter(Boolean).join(", ")}: ${done.join(", ") || "nothing yet"}`;
}
