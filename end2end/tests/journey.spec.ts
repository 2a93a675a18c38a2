// The main job: from nothing to a delivered webhook that an admin can see, filter and retry.
import { expect, ready, test } from "../fixtures.js";

test("sign up, first webhook at a test inbox, test, delivery, filter, retry", async ({ page, person, javaScriptEnabled }) => {
  const scripts = javaScriptEnabled ?? true;
  await test.step("the empty list leads to the first webhook", async () => {
    await page.goto(`/o/${person.slug}/webhooks`);
    await page.getByRole("link", { name: /^Add your first webhook$/ }).first().click();
    await expect(page.getByRole("heading", { name: "Add webhook", level: 1 })).toBeVisible();
  });

  await test.step("a test inbox is the receiver; the secret is shown once", async () => {
    await page.getByRole("button", { name: "Use a test inbox" }).click();
    await expect(page.getByLabel("URL", { exact: true })).toHaveValue(/\/inbox\//);
    await page.getByLabel("Description").fill("First try");
    await page.getByRole("button", { name: "Add webhook" }).click();
    await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
    await expect(page.getByText(/^whsec_/).first()).toBeVisible();
    await page.reload();
    await expect(page.getByText("The secret was shown once")).toBeVisible();
  });

  await test.step("a test is answered on the spot", async () => {
    await page.getByRole("link", { name: "Continue" }).click();
    await ready(page, scripts);
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(page.getByText("200").first()).toBeVisible();
  });

  await test.step("the inbox shows it, its signature verified", async () => {
    await page.goto(`/o/${person.slug}/inbox`);
    await page.getByRole("main").getByRole("link", { name: "First try" }).first().click();
    await expect(page.getByText("Signature verified").first()).toBeVisible();
  });

  await test.step("the log shows it; a filter is in the address", async () => {
    await page.getByRole("link", { name: "Deliveries", exact: true }).first().click();
    await expect(page.getByRole("row", { name: /Test/ })).toHaveCount(1);
    await page.getByLabel("Status", { exact: true }).selectOption("failed");
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page).toHaveURL(/status=failed/);
    await expect(page.getByRole("row", { name: /Test/ })).toHaveCount(0);
    await page.getByLabel("Status", { exact: true }).selectOption("success");
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page).toHaveURL(/status=success/);
    await expect(page.getByRole("row", { name: /Test/ })).toHaveCount(1);
  });

  await test.step("retry adds an attempt", async () => {
    await page.getByRole("row", { name: /Test/ }).getByRole("link").first().click();
    await ready(page, scripts);
    await page.getByRole("button", { name: "Retry" }).click();
    await expect(async () => {
      if (!scripts) await page.reload();
      await expect(page.getByText("Attempt 2").first()).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 15_000 });
  });
});

test("the first steps tick themselves off, and go once all are done", async ({ page, person }) => {
  const steps = page.getByRole("region", { name: "Get your first event delivered" });
  const step = (name: string) => steps.getByRole("listitem").filter({ hasText: name });
  const list = () => page.goto(`/o/${person.slug}/webhooks`);
  await list();
  await expect(steps).toContainText("0 of 3 done");
  await step("Add a webhook").getByRole("link").click();
  await page.getByRole("button", { name: "Use a test inbox" }).click();
  await expect(page.getByLabel("URL", { exact: true })).toHaveValue(/\/inbox\//);
  await page.getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await list();
  await expect(steps).toContainText("1 of 3 done");
  await expect(step("Add a webhook")).toContainText("Done:");
  await expect(step("Verify the signature")).toContainText("To do:");
  await step("Send a test").getByRole("link").click();
  await page.getByRole("button", { name: "Send test" }).click();
  await expect(page.getByText("200").first()).toBeVisible();
  // The inbox has verified what the test brought: all three are done.
  await list();
  await expect(page.getByRole("heading", { name: "Webhooks", level: 1 })).toBeVisible();
  await expect(steps).toHaveCount(0);
});

test("with a receiver of one's own the last of the first steps is ticked off by hand", async ({ page, person, receiver }) => {
  const steps = page.getByRole("region", { name: "Get your first event delivered" });
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill(receiver.url);
  await page.getByRole("button", { name: "Add webhook" }).click();
  await page.goto(`/o/${person.slug}/webhooks`);
  await steps.getByRole("link", { name: "Verify the signature" }).click();
  await expect(page.getByRole("region", { name: "Verify the signature" })).toBeVisible();
  await page.goBack();
  await steps.getByRole("button", { name: "I have checked it" }).click();
  await expect(steps).toContainText("2 of 3 done");
  await expect(page.getByRole("status").getByText("your receiver checks signatures")).toBeVisible();
});

test("a published event arrives at a receiver, signed", async ({ page, person, receiver, switchhook, request }) => {
  const key = await switchhook.command("api-key", "create", "--organization", person.slug, "--name", "platform");
  const authorization = `Bearer ${key}`;
  const added = await request.post("/v1/webhooks", { headers: { authorization }, data: { url: receiver.url } });
  expect(added.status()).toBe(201);
  receiver.answer = { status: 503, body: "down for maintenance" };
  const event = { event_type: "call.completed", data: { id: "call_1", duration_seconds: 61 } };
  const accepted = await request.post("/v1/events", { headers: { authorization }, data: event });
  expect(accepted.status()).toBe(202);
  await expect.poll(() => receiver.arrived.length).toBeGreaterThan(0);
  expect(receiver.arrived[0]?.headers["webhook-signature"]).toMatch(/^v1,/);

  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.completed/ }).getByRole("link").first().click();
  await expect(page.getByText("503").first()).toBeVisible();
  await expect(page.getByText("down for maintenance").first()).toBeVisible();
});

test("a form that is refused keeps what was typed and says why", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill("http://10.0.0.1/hook");
  await page.getByLabel("Description").fill("Kept");
  await page.getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByLabel("URL", { exact: true })).toHaveValue("http://10.0.0.1/hook");
  await expect(page.getByLabel("URL", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Description")).toHaveValue("Kept");
});

test("signing out ends the session", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks`);
  const signOut = page.getByRole("button", { name: "Sign out" });
  if (!(await signOut.isVisible())) await page.locator("summary", { hasText: /Ada|account/i }).first().click();
  await signOut.click();
  await page.goto(`/o/${person.slug}/webhooks`);
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${person.slug}/webhooks`));
});
