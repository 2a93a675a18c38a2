// A secret that is shown once is not left behind unasked; the next attempt is counted down to.
import { expect, ready, test, type Page } from "../../fixtures.js";
import { platform } from "../../platform.js";

async function added(page: Page, slug: string, url: string) {
  await page.goto(`/o/${slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill(url);
  await page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await ready(page, true);
  // Browsers ask only where the page was touched.
  await page.getByRole("heading", { name: "Signing secret" }).click();
}

/** Tries to leave by the sidebar; answers whether the browser asked, and stays if it did. */
async function asked(page: Page): Promise<boolean> {
  let was = false;
  page.once("dialog", (dialog) => {
    was = dialog.type() === "beforeunload";
    void dialog.dismiss();
  });
  await page.getByRole("link", { name: "Members" }).first().click();
  await expect(async () => expect(was || page.url().endsWith("/members")).toBe(true)).toPass();
  return was;
}

test("leaving a secret asks first, until it is said to be stored", async ({ page, person, receiver }) => {
  await added(page, person.slug, receiver.url);
  expect(await asked(page)).toBe(true);
  await expect(page.getByText(/^whsec_/).first()).toBeVisible();
  await page.getByRole("checkbox", { name: "I have stored it" }).check();
  expect(await asked(page)).toBe(false);
});

test("a secret that was copied is taken for stored", async ({ page, person, receiver, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await added(page, person.slug, receiver.url);
  await page.getByRole("region", { name: "Signing secret" }).getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("checkbox", { name: "I have stored it" })).toBeChecked();
  expect(await asked(page)).toBe(false);
});

test("the next attempt is counted down to, without moving anything", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, { retry_policy: { schedule_seconds: [600] } });
  receiver.answer = { status: 503, body: "down" };
  await at.publish("call.started");
  await expect.poll(() => receiver.arrived.length).toBe(1);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await ready(page, true);
  const due = page.getByRole("region", { name: "Attempts" }).getByText(/^in \d+ min \d+ s$/);
  await expect(due).toBeVisible();
  const [before, box] = [await due.textContent(), await due.boundingBox()];
  await expect(due).not.toHaveText(before!);
  expect((await due.boundingBox())!.y).toBe(box!.y);

  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.reload();
  await expect(page.getByRole("region", { name: "Attempts" }).getByText(/^in \d+ min$/)).toBeVisible();
});
