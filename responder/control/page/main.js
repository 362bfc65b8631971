/** The page: what is where, and what is told to whom. */

import { adoptToken } from "./api.js";
import { CallView } from "./call.js";
import { CallList } from "./calllist.js";
import { Codes } from "./codes.js";
import { atMostEvery, by, write } from "./dom.js";
import { Faults } from "./faults.js";
import { Header } from "./header.js";
import { Inspector } from "./inspector.js";
import { go, onReturn, where } from "./place.js";
import { Rules } from "./rules.js";
import { splitter } from "./splitter.js";
import { follow } from "./stream.js";
import { tabs } from "./tabs.js";
import { count } from "./text.js";

const SOON = 500;

adoptToken();

const rules = new Rules();
const codes = new Codes();
const faults = new Faults();
const inspector = new Inspector((name) => {
  choose("rules");
  rules.open(name);
});
const view = new CallView(inspector, (yaml) => {
  choose("rules");
  rules.draft(yaml);
});
const list = new CallList((call) => {
  go({ call: call?.id ?? "" });
  by("panel-calls").classList.toggle("looking", call !== null);
  if (call) view.show(call.id);
  else view.clear();
});
const header = new Header((status) => {
  write(by("count-calls"), count(status.calls));
  list.counted(status.calls, status.evicted);
});
const news = atMostEvery(SOON, () => header.load());

const LOADERS = { rules, codes, faults };
const show = tabs(by("tabs"), (name, byReader) => {
  if (byReader) go({ tab: name === "calls" ? "" : name }, true);
  LOADERS[name]?.load();
});

/** Open a tab as if the reader had. */
function choose(name) {
  go({ tab: name === "calls" ? "" : name }, true);
  show(name);
}

/** Show what the address bar says. */
function arrive() {
  show(where("tab") || "calls");
  const id = where("call");
  if (id) {
    list.select(Number(id) || 0);
    by("panel-calls").classList.add("looking");
    view.show(id);
  }
  list.begin();
}

/** Read everything, since something may have been missed. */
function begin() {
  header.load();
  rules.load();
  faults.load();
  list.begin();
  view.again();
}

const HANDLERS = {
  begin,
  calls({ calls, left_out: leftOut }) {
    list.take(calls, leftOut);
    view.changed(calls);
    rules.counted();
    counted();
  },
  rules() {
    rules.load();
    inspector.forget();
    view.again();
    news();
  },
  faults() {
    faults.load();
    news();
  },
  reload: () => news(),
  reset() {
    begin();
    list.resume();
  },
};

const counted = atMostEvery(2000, () => header.load());

for (const back of document.querySelectorAll(".back")) back.addEventListener("click", () => list.resume());
splitter(by("split-list"), by("call-list"), "--list", () => {});
splitter(by("split-inspector"), by("inspector"), "--inspector", () => {});

// From the list into the call with Enter, and back with Escape.
by("call-grid").addEventListener("keydown", (event) => {
  if (event.key === "Enter") view.enter();
});
for (const place of [by("call"), by("inspector")]) {
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") by("call-grid").focus();
  });
}

addEventListener("keydown", (event) => {
  if (event.key !== "/" || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
  const field = document.querySelector(".panel:not([hidden]) input[type=search]");
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
document.addEventListener("visibilitychange", () => document.hidden || header.load());

onReturn(arrive);
arrive();
codes.load();
follow(
  ({ name, data }) => HANDLERS[name]?.(data),
  (state) => header.connection(state),
);
