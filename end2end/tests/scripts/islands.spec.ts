// What scripts add to forms and buttons: checked as one goes on, put back where it is refused, said in place.
import { expect, ready, test, type Page } from "../../fixtures.js";
import { platform } from "../../platform.js";

const add = (page: Page) => page.getByRole("main").getByRole("button", { name: "Add webhook", exact: true }).last();

test("an address is checked as its field is left", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  const url = page.getByLabel("URL", { exact: true });
  await url.fill("http://10.0.0.1/hook");
  await page.getByLabel("Description").focus();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await expect(url).toHaveAccessibleDescription(/https/);
  await url.fill("https://example.com/in");
  await page.getByLabel("Description").focus();
  await expect(url).not.toHaveAttribute("aria-invalid", "true");
});

test("a switch that the server refuses turns back and says why", async ({ page, person, receiver, switchhook, complaints }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  await page.goto(`/o/${person.slug}/webhooks`);
  await ready(page, true);
  const refusal = { NotAllowed: "Only the role admin or above can change webhooks." };
  await page.route("**/api/webhooks/active", (route) => route.fulfill({ status: 403, json: refusal }));
  await page.getByRole("switch").click();
  await expect(page.getByText("Only the role admin or above can change webhooks.")).toBeVisible();
  await expect(page.getByRole("switch")).toBeChecked();
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("status of 403")));
});

test("event types are searched, counted, and chosen by the group", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByLabel("Only those that I choose").check();
  const events = page.getByRole("group", { name: "Events" });
  const group = events.locator(".group").first();
  const whole = group.getByRole("checkbox").first();
  await whole.check();
  const types = (await group.getByRole("checkbox").count()) - 1;
  await expect(events.getByText(new RegExp(`^${types} of \\d+ chosen$`))).toBeVisible();
  await group.getByRole("checkbox").nth(1).uncheck();
  await expect(events.getByText(new RegExp(`^${types - 1} of \\d+ chosen$`))).toBeVisible();
  await expect(whole).not.toBeChecked();

  const name = (await group.locator("code").first().textContent())!;
  await events.getByRole("searchbox", { name: "Search event types" }).fill(name);
  await expect(events.getByRole("checkbox", { name: new RegExp(`^${name.replace(".", "\\.")}`) })).toBeVisible();
  await events.getByRole("searchbox", { name: "Search event types" }).fill("no such type");
  await expect(group).toBeHidden();
});

test("a group is ticked where all of its types were saved, and one of them can go again", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByLabel("URL", { exact: true }).fill("https://example.com/in");
  await page.getByLabel("Only those that I choose").check();
  const group = page.getByRole("group", { name: "Events" }).locator(".group").first();
  await group.getByRole("checkbox").first().check();
  await add(page).click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await page.goto(page.url().replace("/created", "/edit"));
  await ready(page, true);
  await expect(group.getByRole("checkbox").first()).toBeChecked();
  await group.getByRole("checkbox").nth(1).uncheck();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await expect(group.getByRole("checkbox").nth(1)).not.toBeChecked();
  await expect(group.getByRole("checkbox").first()).not.toBeChecked();
});

test("a further row is numbered, and begins as an empty one", async ({ page, person }) => {
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByLabel("Field of filter 1").fill("duration");
  await page.getByLabel("Comparison of filter 1").selectOption("is at least");
  await page.getByRole("button", { name: "Add a filter" }).click();
  await expect(page.getByLabel("Field of filter 2")).toBeFocused();
  await expect(page.getByLabel("Field of filter 2")).toHaveValue("");
  await expect(page.getByLabel("Comparison of filter 2")).toHaveValue("is");
  await page.getByRole("button", { name: "Add a header" }).click();
  await expect(page.getByLabel("Name of header 3")).toBeFocused();
  await expect(page.getByLabel("Value of header 3")).toHaveValue("");
});

test("a form is sent once however often the button is pressed", async ({ page, person }) => {
  // The second press would end the transition to the next page, which the browser complains of.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByLabel("URL", { exact: true }).fill("https://example.com/in");
  let sent = 0;
  await page.route("**/webhooks/new", async (route) => {
    sent += 1;
    await route.continue();
  });
  await add(page).dblclick();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  expect(sent).toBe(1);
  await page.goto(`/o/${person.slug}/webhooks`);
  await expect(page.getByRole("switch")).toHaveCount(1);
});

test("a form that was changed is left only after a question, one that was not at once", async ({ page, person }) => {
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks$/);
  expect(asked).toEqual([]);
  await page.goto(`/o/${person.slug}/webhooks/new`);
  await ready(page, true);
  await page.getByLabel("Description").fill("Half a thought");
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks$/);
  expect(asked).toEqual(["beforeunload"]);
});

test("a copy button copies and says so, also where the browser's clipboard is closed to it", async ({ page, person, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/account");
  await ready(page, true);
  const copy = page.getByRole("main").getByRole("button", { name: /Copy email|Copied/ });
  await copy.click();
  await expect(copy).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(person.email);
  await expect(copy).toHaveText("Copy email");

  // As on plain http from another machine, where there is no clipboard.
  await page.evaluate(() => {
    Object.defineProperty(window, "isSecureContext", { value: false });
    document.addEventListener("copy", () => document.body.setAttribute("data-copied", (document.activeElement as HTMLTextAreaElement).value));
  });
  await copy.click();
  await expect(copy).toHaveText("Copied");
  await expect(page.locator(`body[data-copied="${person.email}"]`)).toBeAttached();
  await expect(copy).toBeFocused();
});

test("a copy that is refused is not called one", async ({ page, person }) => {
  expect(person.email).toBeTruthy();
  await page.goto("/account");
  await ready(page, true);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
    document.execCommand = () => false;
  });
  await page.getByRole("main").getByRole("button", { name: "Copy email" }).click();
  await expect(page.getByRole("alert")).toHaveText("Not copied: select it and copy it by hand.");
  await expect(page.getByText("Copied", { exact: true })).toHaveCount(0);
});

test("choosing a type loads its example; the answer's copy buttons work", async ({ page, person, receiver, switchhook, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const at = await platform(page, person.slug, switchhook);
  const webhook = await at.add(receiver.url);
  await page.goto(`/o/${person.slug}/webhooks/${webhook}/test`);
  await ready(page, true);
  const payload = page.getByLabel("Payload");
  const before = await payload.inputValue();
  const types = await page.getByLabel("Event type").getByRole("option").allTextContents();
  await page.getByLabel("Event type").selectOption(types.at(-1)!);
  await expect(payload).not.toHaveValue(before);
  await page.getByRole("button", { name: "Send test" }).click();
  const result = page.getByRole("region", { name: "Result of the test" });
  await result.getByRole("button", { name: "Copy", exact: true }).first().click();
  await expect(result.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("thank you");
});
