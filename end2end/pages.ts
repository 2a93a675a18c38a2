// The addresses of all pages of an organization that has something to show on each.
import type { Page, Switchhook } from "./fixtures.js";

/** An organization with something to show on each page; answers the addresses of all pages. */
export async function furnished(page: Page, slug: string, switchhook: Switchhook, receiver: string): Promise<string[]> {
  const key = await switchhook.command("api-key", "create", "--organization", slug, "--name", "platform");
  const headers = { authorization: `Bearer ${key}` };
  const added = await page.request.post("/v1/webhooks", { headers, data: { url: receiver, description: "CRM" } });
  const webhook = (await added.json()).id as string;
  const data = { event_type: "call.completed", data: { id: "call_1" } };
  await page.request.post("/v1/events", { headers, data });
  const log = await (await page.request.get("/v1/webhooks/logs", { headers })).json();
  const delivery = log.data[0].id as string;
  const of = (rest: string) => `/o/${slug}/${rest}`;
  return [
    of("webhooks"), of("webhooks?q=nothing-like-it"), of("webhooks/new"), of(`webhooks/${webhook}`),
    of(`webhooks/${webhook}/edit`), of(`webhooks/${webhook}/test`), of(`webhooks/${webhook}/verify`),
    of(`webhooks/${webhook}/delete`), of(`webhooks/${webhook}/secret`), of(`webhooks/${webhook}/deliveries`),
    of("health"), of("deliveries"), of("deliveries?status=skipped"), of(`deliveries/${delivery}`),
    of("recover"), of("views"),
    of("event-types"), of("inbox"), of("members"), of("api-keys"), of("alerts"), of("audit"), of("settings"), "/account",
  ];
}

/** Pages for people who have not signed in. */
export const outside = ["/sign-in", "/sign-up", "/forgot"];
