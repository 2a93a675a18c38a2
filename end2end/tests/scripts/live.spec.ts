// What is live where scripts run: it comes without a reload, and nothing shifts under the reader.
import { expect, ready, test, type Page, type Switchhook } from "../../fixtures.js";

/** What a platform does, by its API. */
async function platform(page: Page, slug: string, switchhook: Switchhook) {
  const key = await switchhook.command("api-key", "create", "--organization", slug, "--name", "platform");
  const headers = { authorization: `Bearer ${key}` };
  return {
    add: async (url: string) => (await (await page.request.post("/v1/webhooks", { headers, data: { url } })).json()).id,
    set: (id: string, data: object) => page.request.patch(`/v1/webhooks/${id}`, { headers, data }),
    publish: (event_type: string) => page.request.post("/v1/events", { headers, data: { event_type, data: {} } }),
    delivered: async () => {
      const log = await (await page.request.get("/v1/webhooks/logs?status=success", { headers })).json();
      return log.data.length as number;
    },
  };
}

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
