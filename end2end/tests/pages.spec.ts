// What pages do besides the main job: themes, filters by time and error, one webhook's deliveries, the catalogue.
import { expect, test } from "../fixtures.js";
import { once, platform } from "../platform.js";

test("a theme is kept over pages and after signing out", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks`);
  await page.getByText("Ada Lovelace", { exact: true }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page).toHaveURL(new RegExp(`/o/${person.slug}/webhooks$`));
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByText("Ada Lovelace", { exact: true }).click();
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("deliveries are filtered by their error and by when they were made", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  receiver.answer = { status: 503, body: "down" };
  await at.add(receiver.url, { events: ["call.failed"], ...once });
  await at.add("http://127.0.0.1:1025/nobody", { events: ["call.started"], ...once });
  await at.publish("call.failed");
  await at.publish("call.started");
  await at.settled("failed", 2);
  const [answered, unreached] = [/Failed · 503.*call\.failed/, /call\.started/].map((name) => page.getByRole("row", { name }));

  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByText("More filters").click();
  await page.getByLabel("Error", { exact: true }).selectOption({ label: "Could not connect" });
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/error=connect/);
  await expect(unreached!).toHaveCount(1);
  await expect(answered!).toHaveCount(0);

  await page.goto(`/o/${person.slug}/deliveries?from=2020-01-01T00:00&to=2020-01-02T00:00`);
  await expect(page.getByLabel("From (UTC)")).toHaveValue(/^2020-01-01T00:00/);
  await expect(page.getByText("No delivery matches")).toBeVisible();
  await page.getByRole("link", { name: /^Take away the filter Until/ }).click();
  await expect(page).not.toHaveURL(/to=/);
  await expect(unreached!).toHaveCount(1);
  await expect(answered!).toHaveCount(1);
  await page.goto(`/o/${person.slug}/deliveries?from=yesterday`);
  await expect(page.getByLabel("From (UTC)")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("From (UTC)")).toHaveValue("yesterday");
});

test("one webhook's own page of deliveries shows its own alone", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  const first = await at.add(receiver.url, { description: "CRM", events: ["call.started"] });
  await at.add(receiver.url, { description: "Billing", events: ["call.completed"] });
  await at.publish("call.started");
  await at.publish("call.completed");
  await at.settled("success", 2);
  await page.goto(`/o/${person.slug}/webhooks/${first}`);
  await page.getByRole("navigation", { name: "Webhook", exact: true }).getByRole("link", { name: "Deliveries" }).click();
  await expect(page.getByRole("row", { name: /call\.started/ })).toHaveCount(1);
  await expect(page.getByRole("row", { name: /call\.completed/ })).toHaveCount(0);
  await page.getByLabel("Status", { exact: true }).selectOption("failed");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${first}/deliveries\\?status=failed$`));
  await expect(page.getByText("No delivery matches")).toBeVisible();
});

test("the catalogue shows each type's example and who takes it", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, { description: "CRM", events: ["call.completed"] });
  await page.goto(`/o/${person.slug}/event-types`);
  const groups = page.getByRole("main").getByRole("region").filter({ has: page.getByRole("heading", { level: 2 }) });
  expect(await groups.count()).toBeGreaterThan(1);
  await page.getByRole("searchbox", { name: "Search" }).fill("call.completed");
  await page.getByRole("button", { name: "Search" }).click();
  const type = page.getByRole("group").filter({ hasText: "call.completed" });
  await expect(type).toContainText("1 webhook takes it");
  await type.locator("summary").click();
  await expect(type.getByRole("region", { name: "Example of its data" })).toContainText("{");
  await type.getByRole("link", { name: "CRM" }).click();
  await expect(page.getByRole("heading", { name: "CRM", level: 1 })).toBeVisible();
});

test("that private addresses may be reached is said before and after signing in", async ({ page, person }) => {
  const banner = page.getByRole("complementary", { name: "About this installation" });
  for (const path of [`/o/${person.slug}/webhooks`, "/organizations/new", "/docs"]) {
    await page.goto(path);
    await expect(banner, path).toContainText("Webhooks may reach private addresses");
  }
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await expect(banner).toContainText("Webhooks may reach private addresses");
});

test("what is wrong with a header stands at its row, which has the focus", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill("https://example.com/in");
  await page.getByLabel("Name of header 1").fill("Host");
  await page.getByLabel("Value of header 1").fill("example.com");
  await page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
  await expect(page.getByLabel("Name of header 1")).toBeFocused();
  await expect(page.getByLabel("Name of header 1")).toHaveAccessibleDescription(/\w/);
  await expect(page.getByLabel("Value of header 1")).toHaveAttribute("aria-invalid", "true");
});

test("a retry keeps the filters of the list that was come from", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await at.publish("call.started");
  await at.settled("success", 1);
  await page.goto(`/o/${person.slug}/deliveries?status=success`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("link", { name: /Attempt 2/ }).or(page.getByText("The retry is under way")).first()).toBeVisible();
  await expect(page).toHaveURL(/\/deliveries\/dlv_\w+\?status=success$/);
});
