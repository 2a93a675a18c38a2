// The log over time: views kept under a name, files of what is chosen, what is kept and for how long, and what came
// while a webhook was off.
import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures.js";
import { platform } from "../platform.js";

test("filters are kept under a name, their rows come as a file, and the view can go again", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  for (const type of ["call.started", "call.completed", "call.completed"]) await at.publish(type);
  await at.settled("success", 3);

  await page.goto(`/o/${person.slug}/deliveries?event_type=call.completed`);
  await page.getByRole("link", { name: "Save these filters …" }).click();
  await page.getByRole("button", { name: "Save view" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Name", { exact: true }).fill("Completed calls");
  await page.getByRole("button", { name: "Save view" }).click();

  await page.goto(`/o/${person.slug}/deliveries`);
  const views = page.getByRole("navigation", { name: "Saved views" });
  await views.getByRole("link", { name: "Completed calls" }).click();
  await expect(page).toHaveURL(/event_type=call\.completed/);
  await expect(views.getByRole("link", { name: "Completed calls" })).toHaveAttribute("aria-current", "true");

  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  const rows = (await readFile(await csv.path(), "utf8")).trim().split("\n");
  expect(rows.length).toBe(3);
  expect(rows.slice(1).every((row) => row.includes("call.completed"))).toBe(true);
  const [lines] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "JSON lines" }).click(),
  ]);
  const written = (await readFile(await lines.path(), "utf8")).trim().split("\n");
  expect(written.map((line) => JSON.parse(line).event_type)).toEqual(["call.completed", "call.completed"]);

  await views.getByRole("link", { name: "Manage" }).click();
  await page.getByRole("button", { name: "Delete Completed calls" }).click();
  await expect(page.getByText("No saved views yet")).toBeVisible();
});

test("what came while a webhook was off is shown as skipped, and is sent once it is on", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const id = await at.add(receiver.url, { active: false });
  await at.publish("call.completed");
  await at.settled("skipped", 1);
  expect(receiver.arrived.length).toBe(0);
  await at.set(id, { active: true });

  await page.goto(`/o/${person.slug}/deliveries?status=skipped`);
  await page.getByRole("table").getByRole("link", { name: /call\.completed/ }).first().click();
  await page.getByRole("button", { name: "Retry" }).click();
  await at.settled("success", 1);
  expect(receiver.arrived.length).toBe(1);
});

test("how long deliveries are kept is settled within bounds, and said beside the log", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await at.publish("call.completed");
  await at.settled("success", 1);

  await page.goto(`/o/${person.slug}/settings`);
  const days = page.getByLabel("Days to keep finished deliveries");
  await days.fill("0");
  await page.getByRole("button", { name: "Save days" }).click();
  await expect(days).toHaveAttribute("aria-invalid", "true");
  await expect(days).toHaveValue("0");
  await days.fill("7");
  await page.getByRole("button", { name: "Save days" }).click();
  await expect(page.getByRole("heading", { name: "Keep finished deliveries for only 7 days?" })).toBeVisible();
  await page.getByRole("link", { name: "Keep 30 days" }).click();
  await expect(days).toHaveValue("30");
  await days.fill("7");
  await page.getByRole("button", { name: "Save days" }).click();
  await page.getByRole("button", { name: "Remove what is older" }).click();
  await expect(page.getByText("are kept for 7 days")).toBeVisible();
  await page.goto(`/o/${person.slug}/deliveries`);
  await expect(page.getByText("Kept 7 days. Times are in UTC.")).toBeVisible();
});
