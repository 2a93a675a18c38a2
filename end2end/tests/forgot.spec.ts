// A forgotten password: the link that is sent sets a new one, once, and signs out everywhere.
import { expect, test } from "../fixtures.js";

test("a link sets a new password, once, and ends what was signed in", async ({ page, person, browser, switchhook, baseURL, javaScriptEnabled }) => {
  const other = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await other.goto("/sign-in");
  await other.getByRole("link", { name: /Forgot/ }).click();
  await other.getByLabel("Email").fill(person.email);
  await other.getByRole("button", { name: "Send the link" }).click();
  await expect(other.getByRole("heading", { name: "Ask your operator for the link" })).toBeVisible();
  const mailed = () => switchhook.said().match(new RegExp(`${person.email}.*?(/reset/[\\w-]+)`))?.[1];
  await expect.poll(mailed).toBeTruthy();

  await other.goto(mailed()!);
  await other.getByLabel("New password").fill("short");
  await other.getByRole("button", { name: "Set password" }).click();
  await expect(other.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  await other.getByLabel("New password").fill("a new battery of horses");
  await other.getByRole("button", { name: "Set password" }).click();
  await expect(other).toHaveURL(/\/sign-in/);
  await page.goto(`/o/${person.slug}/webhooks`);
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill("a new battery of horses");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${person.slug}/webhooks`));

  await other.goto(mailed()!);
  await expect(other.getByLabel("New password")).toHaveCount(0);
  await other.context().close();
});
