// What scripts add to pages that are whole without them, where an island would weigh more than it does.

// A secret that is shown once: leaving asks first, until it was copied or is said to be stored.
const secrets = [...document.querySelectorAll("[data-once]")];
const box = (place) => place.querySelector("input");
const stored = (place) => (box(place).checked = true);
for (const place of secrets) {
  const copied = new MutationObserver((changes) => {
    if (changes.some((change) => change.target.dataset.done === "true")) stored(place);
  });
  copied.observe(place, { subtree: true, attributeFilter: ["data-done"] });
  place.addEventListener("copy", () => stored(place));
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-stored] a")) secrets.forEach(stored);
});
addEventListener("beforeunload", (event) => {
  if (secrets.some((place) => !box(place).checked)) event.preventDefault();
});

// A button whose answer takes as long as a receiver does says that it is at it, until it is come back to.
document.addEventListener("submit", ({ submitter }) => {
  if (submitter?.name === "save_and_test") submitter.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelector("[name=save_and_test]")?.removeAttribute("aria-busy"));

// A form that is pressed again while its answer is on the way is sent once. Forms that an island sends are its own.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  const again = () => delete form.dataset.sent;
  setTimeout(() => (event.defaultPrevented ? again() : setTimeout(again, 5000)));
});
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));

// Until the next attempt, by the second; by the minute for whom nothing is to move.
const seen = new WeakMap();
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
function left(seconds) {
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d) return `in ${d} d ${h} h`;
  if (h) return `in ${h} h ${m} min`;
  if (calm) return m ? `in ${m} min` : "in under a minute";
  return m ? `in ${m} min ${s} s` : `in ${s} s`;
}
function countDown() {
  for (const place of document.querySelectorAll("[data-left]")) {
    if (!seen.has(place)) seen.set(place, Date.now() + place.dataset.left * 1000);
    const seconds = Math.round((seen.get(place) - Date.now()) / 1000);
    const words = seconds > 0 ? left(seconds) : "any moment now";
    if (place.textContent !== words) place.textContent = words;
  }
}
countDown();
setInterval(countDown, 1000);

// Rows that are selected: how many, all of them at once, and still selected when a row is brought up to date.
const list = document.getElementById("delivery-rows");
const every = document.getElementById("select-all");
if (list && every) {
  const count = document.querySelector("#selected [role=status]");
  const picks = () => [...list.querySelectorAll("input[name=delivery]")];
  let kept = new Set();
  const look = () => {
    const all = picks();
    const chosen = all.filter((pick) => pick.checked);
    kept = new Set(chosen.map((pick) => pick.value));
    every.checked = chosen.length > 0 && chosen.length === all.length;
    every.indeterminate = chosen.length > 0 && chosen.length < all.length;
    count.textContent = chosen.length ? `${chosen.length} selected` : "";
  };
  document.addEventListener("change", ({ target }) => {
    if (target === every) picks().forEach((pick) => (pick.checked = every.checked));
    if (target === every || target.name === "delivery") look();
  });
  new MutationObserver(() => {
    picks().forEach((pick) => (pick.checked ||= kept.has(pick.value)));
    look();
  }).observe(list, { childList: true });
  // Coming back, the browser has ticked again what was ticked.
  addEventListener("pageshow", look);
}
