// What the deliveries page weighs as a browser loads it the first time: document and all assets, brotli.
import { expect, test } from "../../fixtures.js";

const MOST = 180_000;

test("the deliveries page weighs 180 kB or less", async ({ page, person, context }) => {
  const weights = new Map<string, number>();
  const devtools = await context.newCDPSession(page);
  const addresses = new Map<string, string>();
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  devtools.on("Network.responseReceived", ({ requestId, response }) => addresses.set(requestId, response.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId);
    if (address) weights.set(address, Math.max(weights.get(address) ?? 0, encodedDataLength));
  });
  await page.goto(`/o/${person.slug}/deliveries`);
  await expect(page.locator("html[data-islands=ready]")).toBeAttached();
  const total = [...weights.values()].reduce((sum, one) => sum + one, 0);
  for (const [address, bytes] of weights) console.log(`${String(bytes).padStart(8)}  ${new URL(address).pathname}`);
  console.log(`${String(total).padStart(8)}  in all`);
  expect([...weights.keys()].some((address) => address.endsWith(".wasm"))).toBe(true);
  expect(total).toBeLessThanOrEqual(MOST);
});
