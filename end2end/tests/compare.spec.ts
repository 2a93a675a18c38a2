// Two attempts of a delivery side by side; and a body as a tree.
import { expect, ready, test } from "../fixtures.js";
import { once, platform } from "../platform.js";

test("two attempts are compared: what differs is said", async ({ page, person, receiver, switchhook, javaScriptEnabled }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url, once);
  receiver.answer = { status: 503, body: "down\nfor good" };
  await at.publish("call.started");
  await at.settled("failed", 1);
  receiver.answer = { status: 200, body: "up\nfor good" };
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  await ready(page, javaScriptEnabled ?? true);
  await expect(page.getByRole("link", { name: "Compare attempts" })).toHaveCount(0);
  await page.getByRole("button", { name: "Retry" }).click();
  await at.settled("success", 1);

  await page.reload();
  await page.getByRole("link", { name: "Compare attempts" }).click();
  await expect(page.getByRole("heading", { name: "Compare attempts", level: 1 })).toBeVisible();
  const result = page.getByRole("region", { name: "Answer" }).getByRole("row", { name: /Result/ });
  await expect(result).toContainText("503 Service Unavailable");
  await expect(result).toContainText("200 OK");
  await expect(result).toContainText("Changed");
  const body = page.getByRole("region", { name: "Response body" });
  await expect(body.getByText("1 difference.")).toBeVisible();
  await expect(body.getByRole("row", { name: /down.*up.*Changed/ })).toBeVisible();
  await expect(body.getByRole("row", { name: /for good/ })).not.toContainText("Changed");
});

test("a JSON body is looked at as a tree whose branches open and close", async ({ page, person, receiver, switchhook }) => {
  const at = await platform(page, person.slug, switchhook);
  await at.add(receiver.url);
  receiver.answer = { status: 200, body: JSON.stringify({ call: { id: "call_1", parts: [{ seconds: 61 }] } }) };
  await at.publish("call.started");
  await at.settled("success", 1);
  await page.goto(`/o/${person.slug}/deliveries`);
  await page.getByRole("row", { name: /call\.started/ }).getByRole("link").click();
  const response = page.getByRole("region", { name: "Response", exact: true });
  await response.getByRole("radio", { name: "Tree" }).check();
  await expect(response.getByText('"call_1"', { exact: true })).toBeVisible();
  await expect(response.getByText("61", { exact: true })).toBeHidden();
  await response.getByText("[ ] 1 item").click();
  await response.getByText("{ } 1 field").last().click();
  await expect(response.getByText("61", { exact: true })).toBeVisible();
});
