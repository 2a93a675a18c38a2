// The addresses of all pages of an organization that has something to show on each.
import { expect, type Page, type Switchhook } from "./fixtures.js";

/** An organization with something to show on each page; answers the addresses of all pages. */
export async function furnished(page: Page, slug: string, switchhook: Switchhook, receiver: string): Promise<string[]> {
  const key = await switchhook.command("api-key", "create", "--organization", slug, "--name", "platform");
  const headers = { authorization: `Bearer ${key}` };
  const added = await page.request.post("/v1/webhooks", { headers, data: { url: receiver, description: "CRM" } });
  const webhook = (await added.json()).id as string;
  const data = { event_type: "call.completed", data: { id: "call_1" } };
  await page.request.post("/v1/events", { headers, data });
  const log = async () => (await (await page.request.get("/v1/webhooks/logs", { headers })).json()).data;
  const delivery = (await log())[0].id as string;
  await expect.poll(async () => (await log())[0].status).not.toBe("pending");
  const { status } = (await log())[0];
  const again = { since: "2020-01-01T00:00:00Z", status };
  const job = await page.request.post(`/v1/webhooks/${webhook}/recover`, { headers, data: again });
  expect(job.status()).toBe(202);
  const of = (rest: string) => `/o/${slug}/${rest}`;
  await page.goto(of("inbox"));
  await page.getByRole("main").getByRole("button", { name: "New test inbox" }).click();
  await page.goto(of("inbox"));
  const inbox = (await page.getByRole("main").getByRole("table").getByRole("link").first().getAttribute("href"))!;
  return [
    of("webhooks"), of("webhooks?q=nothing-like-it"), of("webhooks/new"), of(`webhooks/${webhook}`),
    of(`webhooks/${webhook}/edit`), of(`webhooks/${webhook}/test`), of(`webhooks/${webhook}/verify`),
    of(`webhooks/${webhook}/delete`), of(`webhooks/${webhook}/secret`), of(`webhooks/${webhook}/deliveries`),
    of("health"), of("deliveries"), of("deliveries?status=skipped"), of(`deliveries/${delivery}`),
    of("recover"), of("jobs"), of(`jobs/${(await job.json()).id}?still=true`), of("views"),
    of("event-types"), of("inbox"), inbox, of("members"), of("api-keys"), of("alerts"), of("audit"), of("settings"), "/account",
  ];
}

/** Pages for people who have not signed in. */
export const outside = ["/sign-in", "/sign-up", "/forgot"];
