/** The list of calls: of thousands of rows only those are elements that can be seen. */

import { CallStore } from "./callstore.js";
import { atMostEvery, attempt, attribute, by, fill, h, settled, write } from "./dom.js";
import { toggled, words } from "./filter.js";
import { go, where } from "./place.js";
import { clock, count, duration, kind, plural, shown } from "./text.js";

/** The height of a row in pixels, as style.css has it. */
const ROW = 24;
const BEYOND = 8;
const UPDATE = 100;
const SPOKEN = 5000;
const AGAIN = 1000;
const COLUMNS = ["number", "time", "method", "target", "caller", "via", "answer", "rule", "took"];

export class CallList {
  /** The number of the call that is looked at; 0 for none. */
  selected = 0;

  #store = new CallStore();
  #onSelect;
  #grid = by("call-grid");
  #view = by("call-view");
  #space = by("call-space");
  #find = by("call-filter");
  #rows = [];
  #news = [];
  #held = false;
  #update = atMostEvery(UPDATE, () => this.#draw());
  #speak = atMostEvery(SPOKEN, () => this.#tell());
  #again = atMostEvery(AGAIN, () => this.#mend());

  /** @param {(call: object|null) => void} onSelect is told which call the reader chose. */
  constructor(onSelect) {
    this.#onSelect = onSelect;
    this.#view.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    this.#view.addEventListener("mousedown", (event) => this.#pressed(event));
    new ResizeObserver(() => this.#update()).observe(this.#view);
    by("call-resume").addEventListener("click", () => this.resume());
    by("call-hold").addEventListener("click", () => (this.#standing ? this.resume() : this.#hold()));
    const search = settled(() => this.#searched(), 150);
    this.#find.addEventListener("input", search);
    for (const mark of document.querySelectorAll("[data-word]")) {
      mark.addEventListener("click", () => {
        this.#find.value = toggled(this.#find.value, mark.dataset.word);
        this.#searched();
      });
    }
  }

  /** Read the calls anew, with the filter of the address bar. */
  begin = attempt(async () => {
    const filter = where("filter");
    if (document.activeElement !== this.#find) this.#find.value = filter;
    const given = words(filter);
    for (const mark of document.querySelectorAll("[data-word]")) {
      attribute(mark, "aria-pressed", String(given.includes(mark.dataset.word)));
    }
    await this.#store.begin(filter);
    this.#store.paused = this.#standing;
    // Not some time later: a row that is pressed meanwhile would be chosen where it no longer is.
    this.#draw();
  });

  /** Take calls that are new or that have changed. */
  take(calls, leftOut) {
    this.#news.push([calls, leftOut]);
    this.#update();
  }

  /** Have the store know the news: only now, so that what is seen is always what it holds. */
  #learn() {
    this.#store.paused = this.#standing;
    for (const [calls, leftOut] of this.#news) this.#store.take(calls, leftOut);
    this.#news = [];
    this.#whole();
  }

  /** Read the list anew where it has gaps, unless the reader is reading it. */
  #whole() {
    if (this.#store.partial && !this.#standing) this.#again();
  }

  #mend = attempt(async () => {
    if (this.#standing) return;
    await this.#store.begin(where("filter"), () => !this.#standing);
    this.#draw();
  });

  /** Take how many calls there were, and how many of them the record has dropped. */
  counted(calls, evicted) {
    if (!where("filter")) this.#store.total = calls - evicted;
    this.#store.evicted = evicted;
    this.#update();
  }

  /** Mark a call as the one that is looked at; the list then stands still. */
  select(number) {
    this.selected = number;
    this.#store.paused = this.#standing;
    this.#update();
  }

  /** Go on with the newest calls on top. */
  resume() {
    this.#held = false;
    this.selected = 0;
    this.#view.scrollTop = 0;
    this.#store.resume();
    this.#whole();
    this.#onSelect(null);
    this.#draw();
  }

  #hold() {
    this.#held = true;
    this.#store.paused = true;
    this.#update();
  }

  /** Whether the reader is reading: the list must not move away under them. */
  get #standing() {
    return this.#held || this.selected !== 0 || this.#view.scrollTop > ROW / 2;
  }

  #searched() {
    const filter = this.#find.value.trim();
    go({ filter });
    this.#view.scrollTop = 0;
    this.begin();
  }

  #scrolled() {
    if (this.#store.paused && !this.#standing) {
      this.#store.resume();
      this.#whole();
    }
    this.#store.paused = this.#standing;
    const left = this.#view.scrollHeight - this.#view.scrollTop - this.#view.clientHeight;
    if (left < ROW * 20) this.#more();
    this.#draw();
  }

  #more = attempt(async () => {
    if (await this.#store.older()) this.#update();
  });

  #pressed(event) {
    const row = event.target.closest("[role=row]");
    if (row) this.#choose(this.#store.place(Number(row.dataset.number)));
  }

  #key(event) {
    if (event.target !== this.#grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.#store.place(this.selected);
    const page = Math.max(1, Math.floor(this.#view.clientHeight / ROW) - 1);
    const last = this.#store.rows.length - 1;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === "Escape" && this.#standing) this.resume();
    else if (to === undefined || last < 0) return;
    else this.#choose(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }

  #choose(at) {
    const call = this.#store.rows[at];
    if (!call) return;
    this.select(call.number);
    const top = at * ROW;
    const view = this.#view;
    if (top < view.scrollTop) view.scrollTop = top;
    const below = top + ROW - view.clientHeight;
    if (below > view.scrollTop) view.scrollTop = below;
    this.#draw();
    this.#onSelect(call);
  }

  #draw() {
    this.#learn();
    const { rows } = this.#store;
    const height = `${rows.length * ROW}px`;
    if (this.#space.style.height !== height) this.#space.style.height = height;
    const first = Math.max(0, Math.floor(this.#view.scrollTop / ROW) - BEYOND);
    const seen = Math.ceil(this.#view.clientHeight / ROW) + 2 * BEYOND;
    const last = Math.min(rows.length, first + seen);
    while (this.#rows.length < last - first) this.#rows.push(this.#row());
    this.#rows.forEach((row, place) => {
      const at = first + place;
      row.show(at < last ? rows[at] : null, at, this.selected);
    });
    const chosen = this.#store.place(this.selected);
    const drawn = chosen >= first && chosen < last;
    attribute(this.#grid, "aria-activedescendant", drawn ? `call-row-${this.selected}` : null);
    attribute(this.#grid, "aria-rowcount", rows.length + 1);
    this.#status();
  }

  #row() {
    const row = new Row();
    this.#space.append(row.element);
    return row;
  }

  #status() {
    const { rows, total, evicted, fresh, known } = this.#store;
    if (!known) return;
    const standing = this.#standing;
    const filtered = where("filter") !== "";
    by("call-empty").hidden = rows.length > 0;
    write(by("call-empty-why"), filtered ? "No call fits the filter." : "No call has come yet.");
    by("call-empty-help").hidden = filtered;
    by("call-resume").hidden = !standing;
    write(by("call-resume"), fresh ? `Paused, ${count(fresh)} new` : "Paused");
    write(by("call-hold"), standing ? "▶" : "❚❚");
    attribute(by("call-hold"), "aria-label", standing ? "Go on with the newest calls" : "Pause the list");
    const all = filtered ? `${plural(total, "call")} of this filter` : plural(total + evicted, "call");
    write(by("call-count"), evicted ? `${all}, ${count(evicted)} dropped from the record` : all);
    this.#speak();
  }

  /** Tell screen readers now and then: ten times a second would drown everything else. */
  #tell() {
    const { rows, fresh } = this.#store;
    const state = this.#standing ? `paused, ${count(fresh)} new` : `${plural(rows.length, "call")} in the list`;
    write(by("call-spoken"), state);
  }
}

/** One element of the list, which shows one call after another. */
class Row {
  #cells = {};
  #call = null;
  #at = -1;
  #looked = null;

  constructor() {
    const cells = COLUMNS.map((name) => {
      const cell = h("span", { role: "gridcell", class: `col-${name}` });
      this.#cells[name] = cell;
      return cell;
    });
    this.element = h("div", { role: "row", class: "call-row" }, cells);
  }

  /** Show a call at a place of the list; nothing where there is none. */
  show(call, at, selected) {
    const looked = call !== null && call.number === selected;
    if (call === this.#call && at === this.#at && looked === this.#looked) return;
    const moved = at !== this.#at;
    const changed = call !== this.#call;
    [this.#call, this.#at, this.#looked] = [call, at, looked];
    this.element.hidden = call === null;
    if (call === null) return;
    if (moved) {
      this.element.style.transform = `translateY(${at * ROW}px)`;
      attribute(this.element, "aria-rowindex", at + 2);
    }
    attribute(this.element, "aria-selected", String(looked));
    this.element.classList.toggle("odd", call.number % 2 === 1);
    if (changed) this.#fill(call);
  }

  #fill(call) {
    const cells = this.#cells;
    this.element.id = `call-row-${call.number}`;
    this.element.dataset.number = call.number;
    this.element.dataset.kind = call.status ? kind(call.status) : "open";
    write(cells.number, call.number);
    write(cells.time, clock(call.began));
    write(cells.method, call.method);
    write(cells.target, call.target);
    write(cells.caller, call.caller);
    write(cells.via, call.transport);
    this.#statuses(call);
    this.#rule(call);
    write(cells.took, call.ended ? duration(call.ended.epoch - call.began.epoch) : "…");
    for (const name of ["target", "caller"]) {
      attribute(cells[name], "title", cells[name].textContent);
    }
  }

  #statuses(call) {
    const all = call.statuses.filter((status) => status !== 100);
    const told = all.length ? all : call.statuses;
    const parts = told.slice(-3).map((status) => [String(status), kind(status)]);
    if (!told.length) parts.push([call.ended ? "silent" : "…", "faint"]);
    if (call.failed) parts.push(["✗", "failure", "failed"]);
    if (call.retransmissions) parts.push([`↻${call.retransmissions}`, "faint", `${call.retransmissions} sent again`]);
    if (call.faults) parts.push([`ƒ${call.faults}`, "fault", plural(call.faults, "fault")]);
    const cell = this.#cells.answer;
    const text = parts.map(([part]) => part).join(" ");
    // Colours follow from the text, so that the same text is the same cell.
    if (cell.textContent.trim() === text && cell.dataset.kind === String(call.status)) return;
    cell.dataset.kind = String(call.status);
    cell.replaceChildren(
      ...parts.flatMap(([part, colour, spoken]) => [
        h("b", { class: colour, ...(spoken ? { title: spoken } : {}) }, part),
        " ",
      ]),
    );
  }

  /** Show a rule by its own name first: the scenario's is the same for most. */
  #rule(call) {
    const cell = this.#cells.rule;
    const name = call.rule ?? "";
    const text = call.unmatched ? `unmatched${call.nearest ? `, nearest ${call.nearest}` : ""}` : name;
    if (cell.title === shown(text)) return;
    attribute(cell, "title", shown(text));
    cell.classList.toggle("none", call.unmatched);
    const at = call.unmatched ? -1 : name.indexOf("/");
    const scenario = /^\S+\/./.test(name) && !/^dial\b/.test(name) ? name.slice(0, at) : "";
    if (scenario) fill(cell, name.slice(at + 1), h("span", { class: "faint" }, ` ${scenario}`));
    else fill(cell, text);
  }
}
