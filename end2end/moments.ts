// Pages that no address leads to, or only for somebody: what a form answers, what is shown once, what is refused.
import { expect, ready, type Page, type Receiver, type Switchhook } from "./fixtures.js";
import { joined } from "./joined.js";
import { once, organization, platform } from "./platform.js";
import type { Browser } from "@playwright/test";

export interface Stage {
  page: Page;
  person: { email: string; password: string; slug: string };
  receiver: Receiver;
  switchhook: Switchhook;
  browser: Browser;
  /** For browsers of further people. */
  options: { baseURL?: string; javaScriptEnabled?: boolean };
}

/** Brings the page to each of them in turn, and says which it is. */
export async function* moments(stage: Stage): AsyncGenerator<string> {
  yield* ofWebhooks(stage);
  yield* ofDeliveries(stage);
  yield* ofHooks(stage);
  yield* ofKeysAndMembers(stage);
}

const scripts = (stage: Stage) => stage.options.javaScriptEnabled ?? true;

async function signIn(page: Page, email: string) {
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

async function* ofWebhooks(stage: Stage): AsyncGenerator<string> {
  const { page, person, receiver } = stage;
  const add = () => page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill("http://10.0.0.1/hook");
  await page.getByLabel("Only those that I choose").check();
  await page.getByLabel("Name of header 1").fill("Host");
  await page.getByLabel("Value of header 1").fill("example.com");
  await add();
  await expect(page.getByLabel("Name of header 1")).toHaveAttribute("aria-invalid", "true");
  yield "a form that came back with what is wrong";

  await page.goto(`/o/${person.slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill(receiver.url);
  await add();
  await expect(page.getByText(/^whsec_/).first()).toBeVisible();
  yield "a secret that is shown once";

  await page.getByRole("link", { name: "I have stored it: send a test" }).click();
  await ready(page, scripts(stage));
  await page.getByRole("button", { name: "Send test" }).click();
  await expect(page.getByRole("region", { name: "Result of the test" })).toBeVisible();
  yield "what came of a test";

  const tabs = page.getByRole("navigation", { name: "Webhook", exact: true });
  await tabs.getByRole("link", { name: "Secret" }).click();
  await page.getByLabel("The old secret still signs").selectOption("For 7 days");
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await expect(page.getByRole("heading", { name: "Your new signing secret" })).toBeVisible();
  yield "a new secret beside the old one";
  await page.getByRole("link", { name: /End now/ }).click();
  await expect(page.getByRole("button", { name: "End it now" })).toBeVisible();
  yield "the question before a secret ends";
}

async function* ofDeliveries({ page, person, receiver, switchhook }: Stage): AsyncGenerator<string> {
  const at = await platform(page, person.slug, switchhook);
  receiver.answer = { status: 500, body: "out of order" };
  await at.add(receiver.url, { events: ["call.failed"], ...once });
  await at.add(receiver.url, { events: ["call.started"], active: false });
  await at.add(receiver.url, { events: ["call.completed"], retry_policy: { schedule_seconds: [3600] } });
  for (const type of ["call.failed", "call.started", "call.completed"]) await at.publish(type);
  // The webhook that was there before takes all of them, and goes on with each.
  await at.settled("failed", 1);
  await at.settled("skipped", 1);
  for (const status of ["failed", "pending", "skipped"]) {
    await page.goto(`/o/${person.slug}/deliveries?status=${status}`);
    await page.getByRole("table").getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "Attempts", exact: true })).toBeVisible();
    yield `a delivery that is ${status}`;
  }
  receiver.answer = { status: 200, body: "thank you" };

  await page.goto(`/o/${person.slug}/inbox`);
  await page.getByRole("main").getByRole("button", { name: "New test inbox" }).click();
  const address = await page.getByLabel("URL", { exact: true }).inputValue();
  await page.request.post(address, { data: { type: "order.created", note: "x".repeat(300) } });
  await page.goto(`/o/${person.slug}/inbox`);
  await page.getByRole("main").getByRole("table").getByRole("link").first().click();
  await expect(page.getByText("Signature not verified").first()).toBeVisible();
  yield "an inbox with a request";
}

async function* ofHooks({ page, person }: Stage): AsyncGenerator<string> {
  const slug = `${person.slug}-h`;
  await organization(page, "Dialgen", slug);
  await page.goto(`/o/${slug}/webhooks/hooks`);
  yield "a URL for each hook";
  await page.getByLabel("onBatchComplete").fill("https://api.example.com/batches");
  await page.getByLabel("onCallComplete").fill("https://api.example.com/calls");
  await page.getByRole("button", { name: "Add webhooks" }).click();
  await expect(page.getByRole("heading", { name: "Webhooks added" })).toBeVisible();
  yield "webhooks that were added by hook";
}

async function* ofKeysAndMembers(stage: Stage): AsyncGenerator<string> {
  const { page, person, switchhook } = stage;
  await page.goto(`/o/${person.slug}/api-keys`);
  await page.getByLabel("Name", { exact: true }).fill("Billing backend");
  await page.getByRole("button", { name: "Make key" }).click();
  await expect(page.getByRole("heading", { name: "Your new key" })).toBeVisible();
  yield "a key that is shown once";
  await page.getByRole("row", { name: /Billing backend/ }).getByRole("link", { name: "Revoke" }).click();
  await expect(page.getByRole("heading", { name: /^Revoke/ })).toBeVisible();
  yield "the question before a key is revoked";

  const grace = await joined(page, stage.browser, person.slug, "Viewer", stage.options);
  await grace.page.context().close();
  await page.goto(`/o/${person.slug}/members`);
  await page.getByRole("link", { name: `Remove ${grace.name}` }).click();
  await expect(page.getByRole("heading", { name: `Remove ${grace.name}?` })).toBeVisible();
  yield "the question before a member is removed";
  await page.goto(`/o/${person.slug}/members`);
  await page.getByLabel("Email").fill("new@example.test");
  await page.getByRole("button", { name: "Invite" }).click();
  const invitation = (await page.getByText(/\/invitations\//).first().textContent())!.trim();
  yield "an invitation whose link is shown once";
  await page.goto(invitation);
  yield "an invitation for somebody else";
  await page.goto(`/o/${person.slug}/webhooks/wh_00000000000000000000000000`);
  await expect(page.getByRole("heading", { name: "Nothing here" })).toBeVisible();
  yield "an address that leads nowhere";

  await signIn(page, grace.email);
  await page.goto(`/o/${person.slug}/audit`);
  await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
  yield "what a role does not allow";
  await page.goto(`/o/${person.slug}/members`);
  await page.getByRole("link", { name: "Leave" }).click();
  await page.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "No organization yet" })).toBeVisible();
  yield "no organization";
  await page.getByRole("link", { name: /^Your account/ }).click();
  await expect(page.getByRole("heading", { name: "Account", exact: true })).toBeVisible();
  yield "the account of somebody without an organization";

  await page.context().clearCookies();
  await page.goto(invitation);
  await expect(page.getByLabel("Your name")).toBeVisible();
  yield "an invitation for somebody new";
  await page.goto("/forgot");
  await page.getByLabel("Email").fill(grace.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("heading", { name: "Ask your operator for the link" })).toBeVisible();
  yield "a link that is on its way";
  const mailed = () => switchhook.said().match(new RegExp(`${grace.email}.*?(/reset/[\\w-]+)`))?.[1];
  await expect.poll(mailed).toBeTruthy();
  await page.goto(mailed()!);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  yield "a new password that was refused";
}
