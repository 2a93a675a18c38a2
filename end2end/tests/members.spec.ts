// Members: roles are changed, people removed, and the last owner stays.
import { expect, test } from "../fixtures.js";
import { joined } from "../joined.js";

test("a role is changed, and a person removed, from their next click on", async ({ page, person, browser, baseURL, javaScriptEnabled }) => {
  const grace = await joined(page, browser, person.slug, "Member", { baseURL, javaScriptEnabled });
  await page.goto(`/o/${person.slug}/members`);
  const row = page.getByRole("row", { name: new RegExp(grace.name) });
  await row.getByLabel(`Role of ${grace.name}`).selectOption({ label: "Admin" });
  await row.getByRole("button", { name: "Change" }).click();
  await expect(row.getByLabel(`Role of ${grace.name}`)).toHaveValue("admin");
  await grace.page.goto(`/o/${person.slug}/alerts`);
  await expect(grace.page.getByRole("button", { name: "Save alerts" })).toBeEnabled();

  await row.getByRole("link", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { name: `Remove ${grace.name}?` })).toBeVisible();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
  const answer = await grace.page.goto(`/o/${person.slug}/webhooks`);
  expect(answer?.status()).toBe(404);
  await grace.page.context().close();
});

test("the last owner can neither leave nor step down, and is told why", async ({ page, person }) => {
  const reason = page.getByText(/This is the last owner\. Make somebody else an owner first/);
  await page.goto(`/o/${person.slug}/members`);
  await page.getByRole("link", { name: "Leave" }).click();
  await page.getByRole("button", { name: "Leave" }).click();
  await expect(reason).toBeVisible();
  await page.goto(`/o/${person.slug}/members`);
  await page.getByLabel("Role of Ada Lovelace").selectOption({ label: "Viewer" });
  await page.getByRole("button", { name: "Change" }).click();
  await expect(reason).toBeVisible();
  await page.goto(`/o/${person.slug}/members`);
  await expect(page.getByLabel("Role of Ada Lovelace")).toHaveValue("owner");
});
