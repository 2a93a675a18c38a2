// Single keys: through the log and back, into a delivery; listed on a sheet, and switched off there.
import { expect, ready, test, type Page } from "../../fixtures.js";
import { platform } from "../../platform.js";

/** A log with two deliveries. */
async function log(page: Page, at: Awaited<ReturnType<typeof platform>>, slug: string, receiver: string) {
  await at.add(receiver);
  await at.publish("call.started");
  await at.settled("success", 1);
  await at.publish("call.failed");
  await at.settled("success", 2);
  await page.goto(`/o/${slug}/deliveries`);
  await ready(page, true);
}

const link = (page: Page, name: string) => page.getByRole("row", { name: new RegExp(name) }).getByRole("link");

test("keys move through the log, select, search, open and retry", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await log(page, at, person.slug, receiver.url);
  await page.keyboard.press("j");
  await expect(link(page, "call\\.failed")).toBeFocused();
  await page.keyboard.press("j");
  await expect(link(page, "call\\.started")).toBeFocused();
  await page.keyboard.press("k");
  await expect(link(page, "call\\.failed")).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByRole("checkbox", { name: "Select call.failed" })).toBeChecked();

  await page.keyboard.press("/");
  const search = page.getByLabel("Delivery or event id");
  await expect(search).toBeFocused();
  await page.keyboard.type("jk?");
  await expect(search).toHaveValue("jk?");
  await page.keyboard.press("Escape");
  await expect(search).not.toBeFocused();

  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "call.failed", level: 1 })).toBeVisible();
  await ready(page, true);
  await page.keyboard.press("r");
  await expect(page.getByRole("link", { name: /Attempt 2/ })).toBeVisible();
});

test("a key copies the id of the row, and says so", async ({ page, person, receiver, switchhook, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const at = await platform(page, person.slug, switchhook);
  await log(page, at, person.slug, receiver.url);
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await expect(page.getByRole("status").filter({ hasText: /^Copied dlv_/ })).toBeVisible();
  const id = await page.evaluate(() => navigator.clipboard.readText());
  await expect(page.locator(`#${id}`)).toContainText("call.failed");
});

test("the sheet lists the keys, and switches them off for good", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await log(page, at, person.slug, receiver.url);
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("?");
  await expect(sheet).toBeVisible();
  await expect(sheet.getByText("Retry the open delivery")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();

  await page.getByRole("button", { name: "? for shortcuts" }).click();
  await sheet.getByRole("checkbox", { name: "Single-key shortcuts" }).uncheck();
  await sheet.getByRole("button", { name: "Close" }).click();
  await page.reload();
  await ready(page, true);
  for (const key of ["?", "j"]) await page.keyboard.press(key);
  await expect(sheet).toBeHidden();
  await expect(page.locator("main tr :focus")).toHaveCount(0);

  await page.getByRole("button", { name: "? for shortcuts" }).click();
  await sheet.getByRole("checkbox", { name: "Single-key shortcuts" }).check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await expect(link(page, "call\\.failed")).toBeFocused();
});

test("all rows are selected at once, and stay selected when they change", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await log(page, at, person.slug, receiver.url);
  await page.getByRole("checkbox", { name: "Select all on this page" }).check();
  const said = page.getByRole("form", { name: "Selected deliveries" }).getByRole("status");
  await expect(said).toHaveText("2 selected");
  await page.getByRole("checkbox", { name: "Select call.started" }).uncheck();
  await expect(said).toHaveText("1 selected");
  // Retried elsewhere: the row is brought up to date where it stands.
  const id = await page.getByRole("row", { name: /call\.failed/ }).getAttribute("id");
  await page.request.post(`/o/${person.slug}/deliveries/${id}/retry`, { headers: { origin: new URL(page.url()).origin } });
  await expect(page.getByRole("row", { name: /call\.failed/ })).toContainText("2 of 2");
  await expect(page.getByRole("checkbox", { name: "Select call.failed" })).toBeChecked();
  await expect(said).toHaveText("1 selected");
});
