// What holds on every page: no violation that axe finds, in light and dark; no sideways scroll at 320
// pixels; no complaint of the browser (the fixture sees to that).
import AxeBuilder from "@axe-core/playwright";
import { expect, ready, test, type Page, type Switchhook } from "../fixtures.js";

/** An organization with something to show on each page; answers the addresses of all pages. */
async function furnished(page: Page, slug: string, switchhook: Switchhook, receiver: string): Promise<string[]> {
  const key = await switchhook.command("api-key", "create", "--organization", slug, "--name", "platform");
  const headers = { authorization: `Bearer ${key}` };
  const added = await page.request.post("/v1/webhooks", { headers, data: { url: receiver, description: "CRM" } });
  const webhook = (await added.json()).id as string;
  const data = { event_type: "call.completed", data: { id: "call_1" } };
  await page.request.post("/v1/events", { headers, data });
  const log = await (await page.request.get("/v1/webhooks/logs", { headers })).json();
  const delivery = log.data[0].id as string;
  const of = (rest: string) => `/o/${slug}/${rest}`;
  return [
    of("webhooks"), of("webhooks?q=nothing-like-it"), of("webhooks/new"), of(`webhooks/${webhook}`),
    of(`webhooks/${webhook}/edit`), of(`webhooks/${webhook}/test`), of(`webhooks/${webhook}/verify`),
    of(`webhooks/${webhook}/delete`), of("deliveries"), of("deliveries?status=skipped"), of(`deliveries/${delivery}`),
    of("event-types"), of("inbox"), of("members"), of("api-keys"), of("settings"), "/account",
  ];
}

const outside = ["/sign-in", "/sign-up", "/forgot"];

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help} at ${n.target.join(" ")}`));
}

test("axe finds nothing on any page, in light and dark", async ({ page, person, receiver, switchhook, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "axe is a script; the markup is the same");
  test.setTimeout(180_000);
  const pages = await furnished(page, person.slug, switchhook, receiver.url);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const path of pages) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(200);
      await ready(page, true);
      found.push(...(await violations(page)).map((v) => `${colorScheme} ${path}: ${v}`));
    }
  }
  await page.context().clearCookies();
  for (const path of outside) {
    await page.goto(path);
    found.push(...(await violations(page)).map((v) => `${path}: ${v}`));
  }
  expect(found).toEqual([]);
});

test("no page scrolls sideways at 320 pixels", async ({ page, person, receiver, switchhook, javaScriptEnabled }) => {
  await page.setViewportSize({ width: 320, height: 720 });
  const wide: string[] = [];
  for (const path of await furnished(page, person.slug, switchhook, receiver.url)) {
    await page.goto(path);
    await ready(page, javaScriptEnabled ?? true);
    // Measured from outside, so that it works without scripts too.
    const box = await page.locator("body").evaluate((body) => [body.scrollWidth, document.documentElement.clientWidth]);
    if (box[0]! > box[1]!) wide.push(`${path}: ${box[0]} pixels`);
  }
  expect(wide).toEqual([]);
});

test("the first stop of the keyboard leads to the content", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks`);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inMain = await page.locator("main :focus, main:focus").count();
  expect(inMain).toBe(1);
});

test("a webhook can be added with the keyboard alone", async ({ page, person, receiver }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.type(receiver.url);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
});

test("what does not exist says so, with a way on", async ({ page, person, complaints }) => {
  const answer = await page.goto(`/o/${person.slug}/webhooks/wh_00000000000000000000000000`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("link").first()).toBeVisible();
  // The browser says that the page answered 404; that is what was asked for.
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("status of 404")));
});
