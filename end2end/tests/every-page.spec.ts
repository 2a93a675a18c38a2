// What holds on every page, with scripts and without: it is whole, does not scroll sideways at 320 pixels,
// the browser has no complaint (the fixture sees to that), and the keyboard finds its way.
import { expect, ready, test, type Page } from "../fixtures.js";
import { moments } from "../moments.js";
import { furnished } from "../pages.js";

/** How it scrolls sideways, if it does. */
async function whole(page: Page, name: string, scripts: boolean): Promise<string[]> {
  await ready(page, scripts);
  await expect(page.getByRole("main").getByRole("heading", { level: 1 }), name).toBeVisible();
  await expect(page, name).toHaveTitle(/Switchhook$/);
  // It can be sent, or its button says why not.
  const mute = page.locator("form").filter({ hasNot: page.locator("button[type=submit], button[aria-disabled=true]") });
  expect(await mute.count(), `forms without a button on ${name}`).toBe(0);
  // Measured from outside, so that it works without scripts too.
  const box = await page.locator("body").evaluate((body) => [body.scrollWidth, document.documentElement.clientWidth]);
  return box[0]! > box[1]! ? [`${name}: ${box[0]} pixels`] : [];
}

test("every page is whole, and none scrolls sideways at 320 pixels", async ({ page, person, receiver, switchhook, javaScriptEnabled }) => {
  await page.setViewportSize({ width: 320, height: 720 });
  const wide: string[] = [];
  const paths = [...(await furnished(page, person.slug, switchhook, receiver.url)), "/docs", "/organizations/new"];
  for (const path of paths) {
    await page.goto(path);
    wide.push(...(await whole(page, path, javaScriptEnabled ?? true)));
  }
  expect(wide).toEqual([]);
});

test("so is what a form answers, what is shown once, and what is refused", async ({
  page, person, receiver, switchhook, browser, baseURL, javaScriptEnabled, complaints,
}) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 320, height: 720 });
  const wide: string[] = [];
  const options = { baseURL, javaScriptEnabled };
  for await (const name of moments({ page, person, receiver, switchhook, browser, options })) {
    wide.push(...(await whole(page, name, javaScriptEnabled ?? true)));
  }
  expect(wide).toEqual([]);
  // Two of them are pages that are refused, and the browser says so: that is what was asked for.
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !/status of (403|404)/.test(c)));
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
