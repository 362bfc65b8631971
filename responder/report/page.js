"use strict";
const tools = document.querySelector(".tools");
if (tools) {
  const calls = [...document.querySelectorAll(".calls > li")];
  const texts = calls.map((call) => call.querySelector("summary").textContent.toLowerCase());
  const shown = document.getElementById("shown");
  const find = document.getElementById("find");
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/);
    let count = 0;
    calls.forEach((call, place) => {
      call.hidden = !words.every((word) => texts[place].includes(word));
      count += call.hidden ? 0 : 1;
    });
    shown.textContent = count + " of " + calls.length;
  };
  const toggle = (open) => () =>
    calls.forEach((call) => {
      if (!call.hidden) call.firstElementChild.open = open;
    });
  find.addEventListener("input", show);
  document.getElementById("open").addEventListener("click", toggle(true));
  document.getElementById("close").addEventListener("click", toggle(false));
  tools.hidden = false;
  show();
}
const reveal = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let each = target; each; each = each.parentElement) {
    if (each.tagName === "DETAILS") each.open = true;
    each.hidden = false;
  }
  const inner = target.matches(".calls > li") && target.firstElementChild;
  if (inner) inner.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
