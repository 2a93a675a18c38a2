// The audit log: who changed what, before and after, and never a secret.
import { expect, test } from "../fixtures.js";
import { platform } from "../platform.js";

test("a change is written down with before and after, by whom, without the secret in it", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url, { description: "Old name" });
  await page.goto(`/o/${person.slug}/webhooks/${webhook}/edit`);
  await page.getByLabel("Description").fill("New name");
  await page.getByPlaceholder("X-Header").first().fill("X-Token");
  await page.getByPlaceholder("Value").first().fill("hunter2");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

  await page.goto(`/o/${person.slug}/audit`);
  await page.getByLabel("By", { exact: true }).selectOption({ label: "Ada Lovelace" });
  await page.getByLabel("Of", { exact: true }).selectOption({ label: "Webhooks" });
  await page.getByRole("button", { name: "Filter" }).click();
  const change = page.getByRole("listitem").filter({ hasText: "webhook.changed" });
  await expect(change).toHaveCount(1);
  await expect(change.getByText("Ada Lovelace")).toBeVisible();
  await change.getByText("Before and after").click();
  await expect(change.getByRole("row", { name: /Description.*Old name.*New name/ })).toBeVisible();
  expect(await page.content()).not.toContain("hunter2");
  // What the API key did is not among what Ada did.
  await expect(page.getByText("webhook.created")).toHaveCount(0);
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "webhook.created" })).toContainText("API key");
});
