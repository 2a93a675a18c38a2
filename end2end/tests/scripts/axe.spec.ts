// Axe is a script itself, so it only runs where scripts do; the markup is the same without.
import AxeBuilder from "@axe-core/playwright";
import { expect, ready, test, type Page } from "../../fixtures.js";
import { moments } from "../../moments.js";
import { furnished, outside } from "../../pages.js";

/** All rules, or those that are named. */
async function violations(page: Page, rules: string[] = []): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules.length ? axe.withRules(rules) : axe).analyze();
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help} at ${n.target.join(" ")}`));
}

test("axe finds nothing on any page, in light and dark", async ({ page, person, receiver, switchhook }) => {
  test.setTimeout(300_000);
  const pages = await furnished(page, person.slug, switchhook, receiver.url);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const path of [...pages, "/docs", "/organizations/new"]) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(200);
      await ready(page, true);
      // In the dark only the colours differ.
      const rules = colorScheme === "dark" ? ["color-contrast"] : [];
      found.push(...(await violations(page, rules)).map((v) => `${colorScheme} ${path}: ${v}`));
    }
  }
  await page.context().clearCookies();
  for (const path of outside) {
    await page.goto(path);
    found.push(...(await violations(page)).map((v) => `${path}: ${v}`));
  }
  expect(found).toEqual([]);
});

test("nor on what a form answers, what is shown once, and what is refused", async ({
  page, person, receiver, switchhook, browser, baseURL, complaints,
}) => {
  test.setTimeout(300_000);
  const found: string[] = [];
  const stage = { page, person, receiver, switchhook, browser, options: { baseURL, javaScriptEnabled: true } };
  for await (const name of moments(stage)) {
    await ready(page, true);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    found.push(...(await violations(page)).map((v) => `light, ${name}: ${v}`));
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    found.push(...(await violations(page, ["color-contrast"])).map((v) => `dark, ${name}: ${v}`));
  }
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !/status of (403|404)/.test(c)));
  expect(found).toEqual([]);
});
