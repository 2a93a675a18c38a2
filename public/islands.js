// Loads the islands' module when the browser is idle, then brings each <leptos-island> to life.
// A file of its own, so that the content security policy needs no exception for inline scripts.
// A menu closes as menus do: by Escape, and by a click beside it.
const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

const modules = document.getElementById("islands-js").href;
const wasm = document.getElementById("islands-wasm").href;

async function hydrate(node, module, children) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const tag = node.tagName.toLowerCase();
  if (tag === "leptos-island") {
    const island = module[node.dataset.component];
    if (children.length) children[children.length - 1]?.();
    if (island) await island(node);
  }
  const pushed = tag === "leptos-children";
  if (pushed) children.push(node.$$on_hydrate);
  for (const child of [...node.children]) await hydrate(child, module, children);
  if (pushed) children.pop();
}

const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 1));
idle(async () => {
  if (!document.querySelector("leptos-island")) return;
  const module = await import(modules);
  await module.default({ module_or_path: wasm });
  module.hydrate();
  await hydrate(document.body, module, []);
  // What an island puts into the page has islands of its own.
  document.addEventListener("fragment", (event) => hydrate(event.target, module, []), true);
  document.documentElement.dataset.islands = "ready";
});
