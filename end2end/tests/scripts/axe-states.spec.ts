// Axe on pages that only some actions lead to, and none of them scrolls sideways at 320 pixels.
import AxeBuilder from "@axe-core/playwright";
import { expect, ready, test, type Page } from "../../fixtures.js";
import { once, platform } from "../../platform.js";

/** What is wrong with the page as it stands, in light and in dark. */
async function wrong(page: Page, what: string): Promise<string[]> {
  await ready(page, true);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    found.push(...violations.flatMap((v) => v.nodes.map((n) => `${what}, ${colorScheme}: ${v.id} at ${n.target.join(" ")}`)));
  }
  const [body, seen] = await page.locator("body").evaluate((b) => [b.scrollWidth, document.documentElement.clientWidth]);
  if (body! > seen!) found.push(`${what}: ${body} pixels wide`);
  return found;
}

test("axe finds nothing where webhooks are tested, off, compared and selected", async ({ page, person, receiver, switchhook }) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 320, height: 720 });
  const at = await platform(page, person.slug, switchhook);
  const of = (rest: string) => `/o/${person.slug}/${rest}`;
  receiver.answer = { status: 503, body: JSON.stringify({ error: { reason: "down", tries: [1, 2] } }) };
  await page.goto(of("webhooks/new"));
  await page.getByLabel("URL", { exact: true }).fill(receiver.url);
  await page.getByRole("button", { name: "Save and send test" }).click();
  await expect(page.getByRole("region", { name: "Result of the test" })).toBeVisible();
  const found = await wrong(page, "added and tested");

  const webhook = await at.add(receiver.url, { description: "CRM", ...once });
  await at.publish("call.started");
  await at.settled("failed", 2);
  await page.goto(of(`deliveries?webhook_id=${webhook}`));
  const id = (await page.locator("tr[id^=dlv_]").first().getAttribute("id"))!;
  await page.getByRole("checkbox", { name: "Select call.started" }).check();
  found.push(...(await wrong(page, "log with a selection")));
  await page.getByRole("button", { name: "Retry selected …" }).click();
  found.push(...(await wrong(page, "selected deliveries")));
  await page.getByRole("button", { name: /^Send .* again$/ }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 delivery is sent again." })).toBeVisible();
  await at.settled("failed", 2);

  await page.goto(of(`deliveries/${id}`));
  await page.getByRole("radio", { name: "Tree" }).first().check();
  found.push(...(await wrong(page, "delivery with a tree")));
  await page.goto(of(`deliveries/${id}/compare?a=1&b=2`));
  found.push(...(await wrong(page, "comparison")));
  await at.set(webhook, { active: false });
  await at.publish("call.started");
  await page.goto(of(`webhooks/${webhook}`));
  await expect(page.getByText("Switched off by")).toBeVisible();
  found.push(...(await wrong(page, "a webhook that is off")));
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  found.push(...(await wrong(page, "the sheet")));
  expect(found).toEqual([]);
});
