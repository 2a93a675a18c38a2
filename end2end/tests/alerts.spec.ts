// Alerts: what is saved stays, what is wrong is said at its field, and the chat's address is not shown again.
import { expect, test } from "../fixtures.js";

const SECRET = "T000/B000/hunter2hunter2";

test("alerts are saved, and the chat's address is never shown again", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/alerts`);
  await page.getByLabel("A webhook’s success rate drops").check();
  await page.getByLabel("Below, in per cent").fill("80");
  await page.getByRole("textbox", { name: /^Chat address/ }).fill(`https://hooks.slack.com/services/${SECRET}`);
  await page.getByLabel("Switch off", { exact: true }).selectOption({ label: "Never" });
  await page.getByRole("button", { name: "Save alerts" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await expect(page.getByLabel("A webhook’s success rate drops")).toBeChecked();
  await expect(page.getByLabel("Below, in per cent")).toHaveValue("80");
  await expect(page.getByRole("textbox", { name: /^Chat address/ })).toHaveValue("");
  await expect(page.getByRole("textbox", { name: /^Chat address/ })).toHaveAttribute("placeholder", /^hooks\.slack\.com\/.*saved/);
  await expect(page.getByLabel("Switch off", { exact: true })).toHaveValue("");
  for (const path of ["alerts", "audit"]) {
    await page.goto(`/o/${person.slug}/${path}`);
    expect(await page.content(), path).not.toContain(SECRET);
  }
});

test("an alert that cannot be is refused at its field, and the rest stays as it was typed", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/alerts`);
  await page.getByLabel("Failed attempts in a row").fill("0");
  await page.getByLabel("One of these event types cannot be delivered").fill("call.failed");
  await page.getByRole("button", { name: "Save alerts" }).click();
  const field = page.getByLabel("Failed attempts in a row");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/Give/);
  await expect(page.getByLabel("One of these event types cannot be delivered")).toHaveValue("call.failed");
});
