// The log beyond its first page: older, newer and newest, with the filters kept in the address.
import { expect, test, type Page } from "../fixtures.js";
import { platform } from "../platform.js";

/** The ids of the rows on the page. */
const ids = (page: Page) => page.locator("tbody > tr[id^=dlv_]").evaluateAll((rows) => rows.map((row) => row.id));

test("older and newer pages show each delivery once, and lead back", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  for (let i = 0; i < 5; i += 1) await at.publish("call.started");
  await at.publish("call.failed");
  await at.settled("success", 6);

  const pages = page.getByRole("navigation", { name: "Pages" });
  const turn = (name: "Older" | "Newer" | "Newest") => pages.getByRole("link", { name, exact: true });
  await page.goto(`/o/${person.slug}/deliveries?event_type=call.started&limit=2`);
  const first = await ids(page);
  await expect(turn("Newer")).toHaveCount(0);
  await turn("Older").click();
  await expect(page).toHaveURL(/event_type=call\.started.*cursor=/);
  const second = await ids(page);
  await turn("Older").click();
  await expect(turn("Older")).toHaveCount(0);
  const third = await ids(page);
  expect([first.length, second.length, third.length]).toEqual([2, 2, 1]);
  expect(new Set([...first, ...second, ...third]).size).toBe(5);

  await turn("Newer").click();
  await expect(turn("Older")).toBeVisible();
  expect(await ids(page)).toEqual(second);
  await turn("Newest").click();
  await expect(turn("Newest")).toHaveCount(0);
  expect(await ids(page)).toEqual(first);
});
