/** The calls that the list shows, newest first, and those that wait while the reader reads. */

import { get } from "./api.js";
import { predicate } from "./filter.js";

/** Calls asked for at a time. */
const PAGE = 100;

/** Calls that are held at most; older ones are asked for again when they are scrolled to. */
const MOST = 3000;

export class CallStore {
  /** Calls as `GET /api/v1/calls` gives them, newest first. */
  rows = [];
  /** Whether it has been read at all. */
  known = false;
  /** What the record holds in all, and what it dropped. */
  total = 0;
  evicted = 0;
  /** Whether the list stands still. */
  paused = false;
  /** Whether more came than was told of one by one, so that the list has gaps. */
  partial = false;

  #filter = "";
  #fits = predicate("");
  #older = null;
  #waiting = new Map();
  #counted = 0;
  #latest = 0;
  #asked = null;
  #meanwhile = null;

  /** How many calls came since the list stands still. */
  get fresh() {
    if (!this.paused) return 0;
    // Calls are numbered, so that also those count that were not told of one by one.
    return this.#filter ? this.#counted : Math.max(0, this.#latest - (this.rows[0]?.number ?? 0));
  }

  /**
   * Read the calls that a filter is about, from the newest on.
   *
   * @param {string} filter
   * @param {() => boolean} wanted whether they are still to be shown once they are there.
   */
  async begin(filter, wanted = () => true) {
    this.#filter = filter;
    this.#fits = predicate(filter);
    const meanwhile = (this.#meanwhile = []);
    this.partial = false;
    try {
      const { calls } = await this.#page(null);
      if (!wanted()) {
        this.partial = true;
        return;
      }
      this.rows = calls;
      this.#latest = this.rows[0]?.number ?? 0;
      this.#waiting.clear();
      this.#counted = 0;
    } finally {
      if (this.#meanwhile === meanwhile) {
        this.#meanwhile = null;
        this.take(meanwhile);
      }
    }
  }

  /** Read the calls before the oldest one shown; return whether there were any. */
  async older() {
    if (this.#older === null || this.#asked) return false;
    const { calls } = await this.#page(this.#older);
    const oldest = this.rows.at(-1)?.number ?? Infinity;
    this.rows.push(...calls.filter((call) => call.number < oldest));
    return true;
  }

  async #page(before) {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.#filter) query.set("filter", this.#filter);
    if (before !== null) query.set("before", before);
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    try {
      const answer = await get(`calls?${query}`, { signal: asked.signal });
      asked.signal.throwIfAborted();
      this.#older = answer.next;
      this.known = true;
      this.total = answer.total;
      this.evicted = answer.evicted;
      return answer;
    } finally {
      if (this.#asked === asked) this.#asked = null;
    }
  }

  /**
   * Take calls that are new or that have changed.
   *
   * @param {object[]} calls
   * @param {number} leftOut how many more there were; the list has to `begin` again some time.
   */
  take(calls, leftOut = 0) {
    if (leftOut) this.partial = true;
    if (this.#meanwhile) {
      this.#meanwhile.push(...calls);
      return;
    }
    for (const call of calls) this.#one(call);
    if (!this.paused) this.#trim();
  }

  #one(call) {
    this.#latest = Math.max(this.#latest, call.number);
    const at = this.#find(call.number);
    const held = this.rows[at]?.number === call.number;
    if (held && (this.paused || this.#fits(call))) {
      this.rows[at] = call;
    } else if (held) {
      this.rows.splice(at, 1);
    } else if (this.#fits(call)) {
      // One that is older than all that were read comes when it is scrolled to.
      if (at === this.rows.length && this.#older !== null) return;
      if (!this.#waiting.has(call.number)) this.total += 1;
      if (this.paused) this.#wait(call);
      else this.rows.splice(at, 0, call);
    } else if (this.#waiting.delete(call.number)) {
      this.#counted -= 1;
    }
  }

  #wait(call) {
    if (!this.#waiting.has(call.number)) this.#counted += 1;
    this.#waiting.set(call.number, call);
    if (this.#waiting.size <= MOST) return;
    this.#waiting.delete(this.#waiting.keys().next().value);
    this.partial = true;
  }

  /** Let the list go on, with what waited. */
  resume() {
    const waiting = [...this.#waiting.values()];
    this.paused = false;
    this.#counted = 0;
    this.total -= waiting.length;
    this.#waiting.clear();
    this.rows = this.rows.filter(this.#fits);
    this.take(waiting);
  }

  #trim() {
    if (this.rows.length <= MOST) return;
    this.rows.length = MOST;
    this.#older = this.rows.at(-1).number;
  }

  /** Return the place of a call among the rows, or where it would stand. */
  #find(number) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].number > number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return the place of a call among the rows; -1 if it is not there. */
  place(number) {
    const at = this.#find(number);
    return this.rows[at]?.number === number ? at : -1;
  }
}
