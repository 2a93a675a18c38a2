// The settings pages, with scripts off and on: a new secret, filters that are tried, a policy in words.
import { expect, test } from "../fixtures.js";
import { furnished } from "../pages.js";

test("a secret is renewed beside the old one, which can be ended early", async ({ page, person, switchhook, receiver }) => {
  const webhook = (await furnished(page, person.slug, switchhook, receiver.url)).find((path) => path.endsWith("/edit"))!;
  await page.goto(webhook.replace("/edit", "/secret"));
  await page.getByLabel("The old secret still signs").selectOption("For 7 days");
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await expect(page.getByRole("heading", { name: "Your new signing secret" })).toBeVisible();
  await expect(page.getByText(/^whsec_.{20}/)).toBeVisible();
  await page.getByRole("link", { name: /End now/ }).click();
  await page.getByRole("button", { name: "End it now" }).click();
  await expect(page.getByRole("status").filter({ hasText: "The old secret has ended" })).toBeVisible();
  await expect(page.getByText(/^whsec_.{20}/)).toHaveCount(0);
});

test("filters are tried before they are saved", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill("https://example.com/in");
  await page.getByLabel("Field of filter 1").fill("no.such");
  await page.getByLabel("Value of filter 1").fill("60");
  await page.getByLabel("Try the filters on").selectOption({ index: 0 });
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByText("Not sent: this event does not match the filter.")).toBeVisible();
  await expect(page.getByText("the filter wants the number 60")).toBeVisible();
  await expect(page.getByLabel("URL", { exact: true })).toHaveValue("https://example.com/in");
});

test("a retry policy writes its times out", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByText("Advanced: timeout, rate and retries").click();
  await page.getByLabel("Delays of my own").check();
  await page.getByLabel("Delays", { exact: true }).fill("60, 300, 900");
  await page.getByRole("button", { name: "Show the times" }).click();
  await expect(page.getByText("Retries after 1 min, 5 min, 15 min; gives up after 21 min.").last()).toBeVisible();
});

test("a rate is refused at its field, then saved and shown", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill("https://example.com/in");
  await page.getByText("Advanced: timeout, rate and retries").click();
  const rate = page.getByLabel("Most events per second");
  await rate.fill("0");
  await page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
  await expect(rate).toHaveAttribute("aria-invalid", "true");
  await expect(rate).toHaveAccessibleDescription(/Give 1 to 10,000 events per second/);
  await rate.fill("25");
  await page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await page.goto(`/o/${person.slug}/webhooks`);
  await page.getByRole("link", { name: "example.com/in" }).click();
  await expect(page.getByText("At most 25 a second")).toBeVisible();
});
