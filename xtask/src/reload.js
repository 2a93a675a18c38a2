
// Only while developing: when the server comes back after a build, load the page again.
let gone = false;
setInterval(async () => {
  const alive = await fetch("/healthz").then((answer) => answer.ok, () => false);
  if (alive && gone) location.reload();
  gone = !alive;
}, 500);
