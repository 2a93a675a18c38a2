// What a platform does with an organization's webhooks, by the API.
import { expect, type Page, type Switchhook } from "./fixtures.js";

/** A further organization, by the form, whose webhooks look like those of a platform. */
export async function organization(page: Page, platform: string, slug: string) {
  await page.goto("/organizations/new");
  await page.getByLabel("Name", { exact: true }).fill(`The ${platform} company`);
  await page.getByLabel("Short name in addresses").fill(slug);
  await page.getByLabel("Its webhooks look like those of").selectOption({ label: platform });
  await page.getByRole("button", { name: "Add organization" }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${slug}/webhooks`));
}

/** Acts with a key that may do everything. */
export async function platform(page: Page, slug: string, switchhook: Switchhook) {
  const key = await switchhook.command("api-key", "create", "--organization", slug, "--name", "platform");
  const headers = { authorization: `Bearer ${key}` };
  const count = async (status: string) => {
    const log = await page.request.get(`/v1/webhooks/logs?limit=100&status=${status}`, { headers });
    return ((await log.json()).data as unknown[]).length;
  };
  return {
    /** Adds a webhook; answers its id. */
    add: async (url: string, more: object = {}): Promise<string> => {
      const added = await page.request.post("/v1/webhooks", { headers, data: { url, ...more } });
      expect(added.status()).toBe(201);
      return (await added.json()).id;
    },
    set: (id: string, data: object) => page.request.patch(`/v1/webhooks/${id}`, { headers, data }),
    publish: async (event_type: string) => {
      const accepted = await page.request.post("/v1/events", { headers, data: { event_type, data: {} } });
      expect(accepted.status()).toBe(202);
    },
    /** Many at once, each for itself. */
    publishMany: async (event_type: string, count: number) => {
      const events = Array.from({ length: count }, () => ({ event_type, data: {} }));
      const accepted = await page.request.post("/v1/events/batch", { headers, data: { events } });
      expect(accepted.status()).toBe(202);
    },
    delivered: () => count("success"),
    /** Waits until so many deliveries stand so. */
    settled: (status: string, wanted: number) => expect.poll(() => count(status)).toBe(wanted),
  };
}

/** The same, with a webhook and one `call.started` that it has got. */
export async function withOneDelivered(page: Page, slug: string, receiver: { url: string }, switchhook: Switchhook) {
  const at = await platform(page, slug, switchhook);
  await at.add(receiver.url);
  await at.publish("call.started");
  await at.settled("success", 1);
  return at;
}

/** One attempt and no retry, so that a failure is final. */
export const once = { retry_policy: { schedule_seconds: [] } };
