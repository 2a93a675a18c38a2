// Single keys, as the sheet lists them (src/ui/shortcuts.rs). They can be switched off there, and do nothing while
// somebody types.
const sheet = document.getElementById("shortcuts");
const said = document.getElementById("said");

const rows = () => [...document.querySelectorAll("main tr.leads .cover")];
/** The row that is being looked at. */
const row = () => document.activeElement?.closest("main tr.leads");

function move(by) {
  const all = rows();
  const at = all.indexOf(row()?.querySelector(".cover"));
  all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

let clearing;
function say(words) {
  said.textContent = words;
  clearTimeout(clearing);
  clearing = setTimeout(() => (said.textContent = ""), 4000);
}

async function copy() {
  const id = row()?.id;
  if (!id) return document.querySelector('main [title="Copy delivery id"]')?.click();
  try {
    await navigator.clipboard.writeText(id);
    say(`Copied ${id}`);
  } catch {
    say("This browser copies over https only. Open the delivery, and mark its id by hand.");
  }
}

const keys = {
  __proto__: null,
  j: () => move(1),
  k: () => move(-1),
  c: copy,
  x: () => row()?.querySelector("input[type=checkbox]")?.click(),
  // A button that is off says why when it has the focus.
  r() {
    const button = document.querySelector("form[data-retry] button");
    button?.focus();
    if (button?.type === "submit") button.click();
  },
  "/": () => document.querySelector("main [role=search] :is([name=q], [name=id])")?.focus(),
  "?": () => sheet.showModal(),
};

if (sheet) {
  const NAME = "single-key-shortcuts";
  const choice = sheet.querySelector("input");
  choice.checked = localStorage.getItem(NAME) !== "off";
  choice.addEventListener("change", () => localStorage.setItem(NAME, choice.checked ? "on" : "off"));
  document.getElementById("show-shortcuts")?.addEventListener("click", () => sheet.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || sheet.open) return;
    const at = event.target;
    if (at.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") at.blur();
      return;
    }
    const act = choice.checked && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
