// “Save and send test”: the receiver's answer right after saving, on adding and on changing a webhook.
import { expect, test } from "../fixtures.js";
import { platform } from "../platform.js";

test("a webhook is added and tested at once: the secret and the answer are on one page", async ({ page, person, receiver }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill(receiver.url);
  await page.getByRole("button", { name: "Save and send test" }).click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await expect(page.getByText(/^whsec_/).first()).toBeVisible();
  const result = page.getByRole("region", { name: "Result of the test" });
  await expect(result).toContainText("200");
  await expect(result).toContainText("thank you");
  expect(receiver.arrived.length).toBe(1);
  await page.getByRole("link", { name: "I have stored it: go to the webhook" }).click();
  await expect(page.getByRole("heading", { name: "How it has gone" })).toBeVisible();
});

test("changes are saved, then tested, and what failed is said with the answer", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url);
  receiver.answer = { status: 401, body: "who are you?" };
  await page.goto(`/o/${person.slug}/webhooks/${webhook}/edit`);
  await page.getByLabel("Description").fill("Billing");
  await page.getByRole("button", { name: "Save and send test" }).click();
  await expect(page.getByRole("heading", { name: "Billing", level: 1 })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  const result = page.getByRole("region", { name: "Result of the test" });
  await expect(result).toContainText("401");
  await expect(result).toContainText("who are you?");
});

test("the Enter key saves the settings", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url);
  await page.goto(`/o/${person.slug}/webhooks/${webhook}/edit`);
  await page.getByLabel("Description").fill("Billing");
  await page.getByLabel("Description").press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await expect(page.getByLabel("Description")).toHaveValue("Billing");
  expect(receiver.arrived.length).toBe(0);
});
