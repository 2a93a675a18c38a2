// A second press while the answer is on its way asks for nothing a second time.
import { expect, ready, test } from "../../fixtures.js";

test("a key is made once however often the button is pressed", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/api-keys`);
  await ready(page, true);
  await page.getByLabel("Name").fill("Billing backend");
  await page.getByRole("checkbox").first().check();
  let asked = 0;
  page.on("request", (request) => (asked += request.method() === "POST" ? 1 : 0));
  await page.getByRole("button", { name: "Make key" }).dblclick();
  await expect(page.getByRole("rowheader", { name: "Billing backend" })).toBeVisible();
  expect(asked).toBe(1);
});

test("a form that came back with a mistake is sent again", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/members`);
  await ready(page, true);
  await page.getByLabel("Email").fill(person.email);
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByLabel("Email")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Email").fill("new@example.com");
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByText("new@example.com is invited.")).toBeVisible();
});
