/** A row of tabs, of which the arrow keys choose one (ARIA Authoring Practices, Tabs). */

import { attribute } from "./dom.js";

/**
 * Bring a `role=tablist` to life; each of its tabs names its panel with `aria-controls`.
 *
 * @param {HTMLElement} list
 * @param {(name: string, byReader: boolean) => void} onChoose is told the `data-name` of each tab
 *   that is chosen, and whether the reader did it.
 * @returns {(name: string) => void} chooses a tab.
 */
export function tabs(list, onChoose) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen, byReader) => {
    for (const tab of all) {
      const selected = tab === chosen;
      attribute(tab, "aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
    }
    onChoose(chosen.dataset.name, byReader);
  };
  for (const tab of all) tab.addEventListener("click", () => choose(tab, true));
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = all[(to + all.length) % all.length];
    tab.focus();
    choose(tab, true);
  });
  return (name) => choose(all.find((tab) => tab.dataset.name === name) ?? all[0], false);
}
