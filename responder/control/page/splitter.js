/** Lines between panes that can be moved, with the pointer or with the arrow keys. */

import { attribute } from "./dom.js";

const STEP = 24;
const NARROWEST = 220;

/**
 * Bring a `role=separator` to life.
 *
 * @param {HTMLElement} line
 * @param {HTMLElement} pane whose width it sets; before the line, or behind it.
 * @param {string} property the CSS property that holds the width.
 * @param {() => void} onMove is called after each move.
 */
export function splitter(line, pane, property, onMove) {
  const before = line.compareDocumentPosition(pane) & Node.DOCUMENT_POSITION_PRECEDING;
  const place = line.parentElement;
  const most = () => place.clientWidth - 2 * NARROWEST;
  const set = (width) => {
    const wanted = Math.round(Math.min(Math.max(width, NARROWEST), most()));
    place.style.setProperty(property, `${wanted}px`);
    localStorage.setItem(`responder${property}`, wanted);
    tell();
    onMove();
  };
  const tell = () => {
    attribute(line, "aria-valuenow", Math.round(pane.clientWidth));
    attribute(line, "aria-valuemin", NARROWEST);
    attribute(line, "aria-valuemax", Math.max(NARROWEST, most()));
  };
  const kept = Number(localStorage.getItem(`responder${property}`));
  if (kept) place.style.setProperty(property, `${Math.max(kept, NARROWEST)}px`);
  new ResizeObserver(tell).observe(pane);

  line.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    line.setPointerCapture(event.pointerId);
    const from = event.clientX;
    const width = pane.getBoundingClientRect().width;
    const move = (now) => set(width + (now.clientX - from) * (before ? 1 : -1));
    line.addEventListener("pointermove", move);
    line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), {
      once: true,
    });
  });
  line.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    set(pane.getBoundingClientRect().width + (before ? by : -by));
  });
}
