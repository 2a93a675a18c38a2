// A second person in an organization, at a browser of their own.
import { expect, type Page } from "./fixtures.js";
import type { Browser } from "@playwright/test";

export interface Joined {
  page: Page;
  name: string;
  email: string;
}

/** Invites somebody by the form, who joins by the link; the caller closes their browser. */
export async function joined(
  page: Page, browser: Browser, slug: string, role: "Viewer" | "Member" | "Admin" | "Owner", options: object,
): Promise<Joined> {
  const [name, email] = [`Grace the ${role}`, `${role}-${slug}@example.test`.toLowerCase()];
  await page.goto(`/o/${slug}/members`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Role", { exact: true }).selectOption({ label: role });
  await page.getByRole("button", { name: "Invite" }).click();
  const link = await page.getByText(/\/invitations\//).first().textContent();
  const theirs = await (await browser.newContext(options)).newPage();
  await theirs.goto(link!.trim());
  await theirs.getByLabel("Your name").fill(name);
  await theirs.getByLabel("Password").fill("correct horse battery");
  await theirs.getByRole("button", { name: "Create account and join" }).click();
  await expect(theirs).toHaveURL(new RegExp(`/o/${slug}/`));
  return { page: theirs, name, email };
}
