// A webhook that is off: since when, by whom, what it has missed; on again, and on to what was skipped.
import { expect, test } from "../fixtures.js";
import { platform } from "../platform.js";

test("a webhook that is off leads back, and to what it has missed", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url, { description: "CRM" });
  await page.goto(`/o/${person.slug}/webhooks/${webhook}`);
  await expect(page.getByText("Switched off")).toHaveCount(0);
  await page.getByRole("switch").click();
  await expect(page.getByRole("switch")).not.toBeChecked();
  await at.publish("call.started");
  await at.publish("call.failed");
  await at.settled("skipped", 2);

  await page.goto(`/o/${person.slug}/webhooks/${webhook}`);
  await expect(page.getByText("Switched off by Ada Lovelace")).toBeVisible();
  await expect(page.getByText("Since then 2 events were skipped.")).toBeVisible();
  await page.getByRole("button", { name: "Switch it on, and recover 2 events …" }).click();
  await expect(page.getByRole("status").filter({ hasText: "“CRM” is on again." })).toBeVisible();
  await page.getByRole("button", { name: "Send 2 deliveries again" }).click();
  await at.settled("success", 2);
  expect(receiver.arrived.length).toBe(2);
});
