// Rows of the log that are selected and sent again together, with scripts off and on.
import { expect, ready, test } from "../fixtures.js";
import { once, platform } from "../platform.js";

test("selected deliveries are counted, then sent again", async ({ page, person, receiver, switchhook, javaScriptEnabled }) => {
  const scripts = javaScriptEnabled ?? true;
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, { description: "CRM", ...once });
  receiver.answer = { status: 503, body: "down" };
  for (const type of ["call.started", "call.completed", "call.failed"]) await at.publish(type);
  await at.settled("failed", 3);
  receiver.answer = { status: 200, body: "up again" };

  await page.goto(`/o/${person.slug}/deliveries?status=failed`);
  await ready(page, scripts);
  await page.getByRole("checkbox", { name: "Select call.started" }).check();
  await page.getByRole("checkbox", { name: "Select call.failed" }).check();
  const selection = page.getByRole("form", { name: "Selected deliveries" });
  if (scripts) await expect(selection.getByRole("status")).toHaveText("2 selected");
  await selection.getByRole("button", { name: "Retry selected …" }).click();
  await expect(page.getByRole("heading", { name: "2 deliveries will be sent again" })).toBeVisible();
  await expect(page.getByText("CRM: 2 deliveries")).toBeVisible();
  expect(receiver.arrived.length).toBe(3);
  await page.getByRole("button", { name: "Send 2 deliveries again" }).click();
  await expect(page).toHaveURL(/\/deliveries\?status=failed$/);
  await expect(page.getByRole("status").filter({ hasText: "2 deliveries are sent again." })).toBeVisible();
  await at.settled("success", 2);
  expect(receiver.arrived.length).toBe(5);
});

test("without a selection nothing is sent, and what to do is said", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await at.publish("call.started");
  await at.settled("success", 1);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("button", { name: "Retry selected …" }).click();
  await expect(page.getByText("Nothing is selected")).toBeVisible();
  await page.getByRole("link", { name: "Back to the deliveries" }).click();
  await expect(page.getByRole("row", { name: /call\.started/ })).toBeVisible();
});
