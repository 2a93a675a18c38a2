// What pages ask for under a platform's convention: URLs by hook, a token in a field of its own.
import { expect, test } from "../fixtures.js";
import { organization } from "../platform.js";

test("hooks are given a URL each, at once", async ({ page, person }) => {
  const slug = `${person.slug}-d`;
  await organization(page, "Dialgen", slug);
  await page.goto(`/o/${slug}/webhooks/new`);
  await page.getByRole("link", { name: "give a URL for each at once" }).click();
  await page.getByLabel("onBatchComplete").fill("https://api.example.com/batches");
  await page.getByLabel("onCallComplete").fill("nowhere");
  await page.getByLabel("Batch (optional)", { exact: true }).fill("batch_123");
  await page.getByRole("button", { name: "Add webhooks" }).click();
  await expect(page.getByText("This is no whole address")).toBeVisible();
  await expect(page.getByLabel("onBatchComplete")).toHaveValue("https://api.example.com/batches");
  await page.getByLabel("onCallComplete").fill("https://api.example.com/calls");
  await page.getByRole("button", { name: "Add webhooks" }).click();
  await expect(page.getByRole("heading", { name: "Webhooks added" })).toBeVisible();
  await expect(page.getByText(/whsec_/)).toBeVisible();
  await expect(page.getByRole("link", { name: "api.example.com/calls" })).toBeVisible();
  await page.getByRole("link", { name: "To the webhooks" }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${slug}/webhooks$`));
});

test("a token has a field of its own, and is not shown again", async ({ page, person, receiver }) => {
  const slug = `${person.slug}-e`;
  await organization(page, "Ello", slug);
  await page.goto(`/o/${slug}/webhooks/new`);
  await page.getByLabel("URL", { exact: true }).fill(receiver.url);
  await page.getByLabel("Authorization (optional)").fill("hunter2");
  await page.getByRole("button", { name: "Add webhook", exact: true }).last().click();
  await expect(page.getByRole("heading", { name: "Webhook added" })).toBeVisible();
  await page.getByRole("link", { name: "I have stored it: send a test" }).click();
  await page.getByRole("button", { name: "Send test" }).click();
  await expect(page.getByRole("region", { name: "Result of the test" })).toBeVisible();
  expect(receiver.arrived.at(-1)?.headers.authorization).toBe("Bearer hunter2");
  await page.getByRole("link", { name: "Settings", exact: true }).last().click();
  await expect(page.getByLabel("Authorization (optional)")).toHaveValue("");
  await expect(page.getByLabel("Authorization (optional)")).toHaveAttribute("placeholder", /saved/);
  await expect(page.getByLabel("Remove the saved one")).not.toBeChecked();
});
