// What is live where scripts run: it comes without a reload, and nothing shifts under the reader.
import { expect, ready, test, type Page } from "../../fixtures.js";
import { platform, withOneDelivered } from "../../platform.js";

/** Marks the document, so that a reload would be noticed. */
async function mark(page: Page) {
  await page.evaluate(() => document.body.setAttribute("data-marked", ""));
  return () => expect(page.locator("body[data-marked]")).toBeAttached();
}

test("an open inbox shows the first request by itself, and holds further ones back", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByRole("button", { name: "Use a test inbox" }).click();
  const address = await page.getByLabel("URL", { exact: true }).inputValue();
  await page.goto(`/o/${person.slug}/inbox`);
  await page.getByRole("main").getByRole("table").getByRole("link").first().click();
  await ready(page, true);
  const unchanged = await mark(page);
  await expect(page.getByText("Nothing has arrived yet")).toBeVisible();

  await page.request.post(address, { data: { type: "first" } });
  await expect(page.getByText("Signature not verified")).toBeVisible();
  await expect(page.getByText("Nothing has arrived yet")).toBeHidden();
  const first = page.locator("details").filter({ hasText: "first" });
  await first.locator("summary").first().click();
  const before = await first.boundingBox();

  await page.request.post(address, { data: { type: "second" } });
  const show = page.getByRole("button", { name: "Show 1 new" });
  await expect(show).toBeVisible();
  expect(await first.boundingBox()).toEqual(before);
  await show.click();
  await expect(page.getByText("Signature not verified")).toHaveCount(2);
  await unchanged();
});

test("new rows of the log wait behind a count, skipped ones too", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url);
  await at.publish("call.started");
  await expect.poll(at.delivered).toBe(1);
  await page.goto(`/o/${person.slug}/deliveries`);
  await ready(page, true);
  const unchanged = await mark(page);
  const row = page.getByRole("row", { name: /call\.started/ });
  const before = await row.boundingBox();

  await at.set(webhook, { active: false });
  await at.publish("call.failed");
  const show = page.getByRole("button", { name: "Show 1 new" });
  await expect(show).toBeVisible();
  expect(await row.boundingBox()).toEqual(before);
  await show.click();
  await expect(page.getByRole("row", { name: /Skipped.*call\.failed/ })).toBeVisible();
  await unchanged();
});

test("a retry's attempt appears in place", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await at.publish("call.started");
  await expect.poll(at.delivered).toBe(1);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await ready(page, true);
  const unchanged = await mark(page);
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("link", { name: /Attempt 2/ })).toBeVisible();
  await unchanged();
});

test("the switch of a webhook turns in place and stays", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await page.goto(`/o/${person.slug}/webhooks`);
  await ready(page, true);
  const unchanged = await mark(page);
  const turn = page.getByRole("switch");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await turn.click();
  await expect(turn).not.toBeChecked();
  expect((await answered).status()).toBe(200);
  await unchanged();
  await page.reload();
  await expect(page.getByRole("switch")).not.toBeChecked();
});

test("Escape closes a menu and goes back to what opened it", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks`);
  const opener = page.getByText("Ada Lovelace", { exact: true });
  await opener.click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
  await expect(page.locator("summary:focus")).toContainText("Ada Lovelace");
});

test("the times of a retry policy follow what is typed", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  const unchanged = await mark(page);
  await page.getByText("Advanced: timeout, rate and retries").click();
  await page.getByLabel("Delays of my own").check();
  const times = page.getByRole("group", { name: "Retries" }).getByRole("status");
  await page.getByLabel("Delays", { exact: true }).fill("60, 5 min");
  await expect(times).toContainText("Retries after 1 min, 5 min; gives up after 6 min.");
  await page.getByLabel("Delays", { exact: true }).fill("60, soon");
  await expect(times).toContainText("“soon” is no length of time");
  await page.getByLabel("The platform’s own schedule").check();
  await expect(times).toContainText("gives up after 75 h");
  await unchanged();
});

test("a paused log shows nothing, and catches up when it is resumed", async ({ page, person, receiver, switchhook }) => {
  const at = await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.goto(`/o/${person.slug}/deliveries`);
  await ready(page, true);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  await at.publish("call.failed");
  await at.settled("success", 2);
  await expect(page.getByRole("button", { name: /^Show/ })).toBeHidden();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Show 1 new" }).click();
  await expect(page.getByRole("row", { name: /call\.failed/ })).toBeVisible();
});

test("what a hidden tab missed comes when it is shown, and beyond a round the page is loaded anew", async ({ page, person, receiver, switchhook }) => {
  const at = await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.goto(`/o/${person.slug}/deliveries?limit=100`);
  await ready(page, true);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const show = async (hidden: boolean) => {
    await page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  };
  await show(true);
  await expect(page.getByText("Connecting…", { exact: true })).toBeVisible();
  await at.publishMany("call.failed", 60);
  await at.settled("success", 61);
  await show(false);
  await page.getByRole("button", { name: "Many new: load them" }).click();
  await expect(page.getByRole("row", { name: /call\.failed/ })).toHaveCount(60);
});

test("a log that has lost its connection says so, and is live again by itself", async ({ page, person, receiver, switchhook, complaints }) => {
  await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.route("**/deliveries/live*", (route) => route.abort());
  await page.goto(`/o/${person.slug}/deliveries`);
  await ready(page, true);
  await expect(page.getByText("Connection lost; trying again")).toBeVisible({ timeout: 20_000 });
  await page.unroute("**/deliveries/live*");
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 20_000 });
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("ERR_FAILED")));
});

test("a page whose session has ended elsewhere says so, and leads to signing in and back", async ({ page, person, receiver, switchhook }) => {
  await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await ready(page, true);
  // As from another tab of the same browser.
  const out = await page.request.post("/sign-out", { headers: { origin: switchhook.url }, maxRedirects: 0 });
  expect(out.status()).toBe(303);
  await expect(page.getByText("You are signed out. What you see may be old.")).toBeVisible({ timeout: 20_000 });
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "call.started", level: 1 })).toBeVisible();
});

test("Retry asks once however often it is pressed, and shows the attempt though the stream is down", async ({ page, person, receiver, switchhook, complaints }) => {
  await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await page.route("**/deliveries/*/live*", (route) => route.abort());
  await page.reload();
  await ready(page, true);
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/api/deliveries/retry") ? 1 : 0));
  await page.getByRole("button", { name: "Retry" }).dblclick();
  await expect(page.getByRole("link", { name: /Attempt 2/ })).toBeVisible({ timeout: 20_000 });
  expect(asked).toBe(1);
  await expect(page.getByRole("alert")).toBeHidden();
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("ERR_FAILED")));
});

test("how a body is shown stays when the delivery changes by itself", async ({ page, person, receiver, switchhook }) => {
  await withOneDelivered(page, person.slug, receiver, switchhook);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await ready(page, true);
  const unchanged = await mark(page);
  const request = page.getByRole("region", { name: "Request", exact: true });
  await request.getByRole("radio", { name: "Raw" }).check();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("link", { name: /Attempt 2/ })).toBeVisible();
  await expect(request.getByRole("radio", { name: "Raw" })).toBeChecked();
  await expect(request.getByRole("region", { name: "Body of the request, raw" })).toBeVisible();
  await unchanged();
});
