// Recovery: counted first, sent again by a job that shows how far it is, and found again in the list.
import { expect, test } from "../fixtures.js";
import { once, platform } from "../platform.js";

test("what failed is counted, sent again by a job, and the job is found again", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, { description: "CRM", ...once });
  receiver.answer = { status: 503, body: "down" };
  for (const type of ["call.started", "call.completed", "call.failed"]) await at.publish(type);
  await at.settled("failed", 3);
  receiver.answer = { status: 200, body: "up again" };

  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("link", { name: "Recovery jobs" }).click();
  await page.getByRole("link", { name: "Recover deliveries" }).first().click();
  await page.getByLabel("Event type").fill("call.completed");
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByRole("heading", { name: "1 delivery would be sent again" })).toBeVisible();
  await page.getByLabel("Event type").fill("");
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByRole("heading", { name: "3 deliveries would be sent again" })).toBeVisible();
  await page.getByRole("button", { name: "Send 3 deliveries again" }).click();

  // The page loads itself again while the job goes on, with and without scripts.
  await expect(page.getByRole("heading", { name: "3 of 3 deliveries done" })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("Finished", { exact: true })).toBeVisible();
  expect(receiver.arrived.length).toBe(6);
  await page.getByRole("link", { name: "Recovery jobs" }).click();
  const job = page.getByRole("row", { name: /Finished.*What failed of all webhooks.*3 of 3/ });
  await job.getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Recovery", level: 1 })).toBeVisible();
});

test("nothing to send again is said, with what is left out", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/recover`);
  await expect(page.getByText("Nothing of this kind can be sent again.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Send / })).toHaveCount(0);
});
