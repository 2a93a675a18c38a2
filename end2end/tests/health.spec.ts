// The health page: how it has gone in a time that is chosen, and the deliveries behind each figure.
import { expect, test } from "../fixtures.js";
import { once, platform } from "../platform.js";

test("a cause of failures leads to its deliveries, and a period is chosen by a link", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, { description: "CRM", ...once });
  await at.publish("call.started");
  await at.settled("success", 1);
  receiver.answer = { status: 503, body: "down" };
  await at.publish("call.failed");
  await at.publish("call.failed");
  await at.settled("failed", 2);

  await page.goto(`/o/${person.slug}/health`);
  const periods = page.getByRole("group", { name: "Time range" });
  await expect(periods.getByRole("link", { name: "24 hours" })).toHaveAttribute("aria-current", "true");
  await periods.getByRole("link", { name: "1 hour" }).click();
  await expect(page).toHaveURL(/range=/);
  await expect(periods.getByRole("link", { name: "1 hour" })).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("row", { name: /CRM/ })).toBeVisible();
  await expect(page.getByText("2 attempts · 100 %")).toBeVisible();

  await page.getByRole("link", { name: /503/ }).click();
  await expect(page.getByRole("heading", { name: "Deliveries", level: 1 })).toBeVisible();
  await expect(page.getByRole("row", { name: /Failed · 503.*call\.failed/ })).toHaveCount(2);
  await expect(page.getByRole("row", { name: /call\.started/ })).toHaveCount(0);
});
