// API keys: shown once, good for what they were made for, and refused once revoked.
import { expect, test } from "../fixtures.js";

test("a key is shown once, does what its scopes say, and is refused once revoked", async ({ page, person, request }) => {
  await page.goto(`/o/${person.slug}/api-keys`);
  await page.getByLabel("Name", { exact: true }).fill("Billing backend");
  await page.getByRole("button", { name: "Make key" }).click();
  await expect(page.getByRole("heading", { name: "Your new key" })).toBeVisible();
  const section = page.getByRole("region", { name: "Your new key" });
  const key = (await section.getByRole("code").first().textContent())!.trim();
  const headers = { authorization: `Bearer ${key}` };
  const publish = () => request.post("/v1/events", { headers, data: { event_type: "call.started", data: {} } });
  expect((await publish()).status()).toBe(202);
  expect((await request.get("/v1/webhooks", { headers })).status()).toBe(403);
  const call = await section.getByRole("region", { name: "Publish an event" }).textContent();
  const data = JSON.parse(call!.match(/-d '(.*)'/)![1]!);
  expect((await request.post("/v1/events", { headers, data })).status(), "the first call as it is shown").toBe(202);

  await page.goto(`/o/${person.slug}/api-keys`);
  expect(await page.content()).not.toContain(key);
  const row = page.getByRole("row", { name: /Billing backend/ });
  await expect(row).toContainText("events:write");
  await row.getByRole("link", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(row).toContainText("Revoked");
  await expect(row.getByRole("link", { name: "Revoke" })).toHaveCount(0);
  expect((await publish()).status()).toBe(401);
});

test("a key that may do nothing is refused with the reason", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/api-keys`);
  await page.getByLabel("Name", { exact: true }).fill("Nothing at all");
  await page.getByLabel(/^Publish events/).uncheck();
  await page.getByRole("button", { name: "Make key" }).click();
  await expect(page.getByRole("group", { name: "What it may do" })).toHaveAccessibleDescription(/\w/);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Nothing at all");
});
