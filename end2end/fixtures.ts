// What every browser test stands on: a running Switchhook, a page that is watched for complaints of the
// browser, and somebody who has signed up.
import { test as base, expect, type Page } from "@playwright/test";
import { startReceiver, startSwitchhook, type Receiver, type Switchhook } from "./server.js";

export { expect };
export type { Page, Receiver, Switchhook };

interface Person {
  email: string;
  password: string;
  /** Of their organization, in addresses. */
  slug: string;
}

interface Each {
  receiver: Receiver;
  /** What the browser complained of; must be empty at the end. */
  complaints: string[];
  /** Somebody who has just signed up, on the empty webhooks page. */
  person: Person;
}

interface Worker {
  switchhook: Switchhook;
}

let people = 0;

export const test = base.extend<Each, Worker>({
  switchhook: [
    async ({}, use) => {
      const switchhook = await startSwitchhook();
      await use(switchhook);
      await switchhook.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ switchhook }, use) => use(switchhook.url),
  receiver: async ({}, use) => {
    const receiver = await startReceiver();
    await use(receiver);
    await receiver.stop();
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
      page.on("console", (message) => {
        // A form that is refused answers 422 or 409, and the browser says so: that is no fault of the page.
        const refusedForm = /status of (409|422)/.test(message.text()) && message.location().url === page.url();
        if (message.type() === "error" && !refusedForm) {
          complaints.push(`${page.url()}: ${message.text()}`);
        }
      });
      await use(complaints);
      expect(complaints, "complaints of the browser").toEqual([]);
    },
    { auto: true },
  ],
  person: async ({ page }, use) => {
    await use(await signUp(page));
  },
});

/** Signs up by the form; ends on the webhooks page of a new organization. */
export async function signUp(page: Page): Promise<Person> {
  people += 1;
  const person = { email: `ada${people}@example.test`, password: "correct horse battery", slug: `lovelace-${people}` };
  // As from behind a proxy, each from an address of their own: many from one are slowed down.
  await page.setExtraHTTPHeaders({ "x-forwarded-for": `198.51.100.${people % 250}` });
  await page.goto("/sign-up");
  await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.getByLabel("Organization").fill(`Lovelace ${people}`);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/o\/[a-z0-9-]+\/webhooks$/);
  person.slug = new URL(page.url()).pathname.split("/")[2] ?? person.slug;
  return person;
}

/** With scripts, waits until the islands live; without, there is nothing to wait for. */
export async function ready(page: Page, scripts: boolean): Promise<void> {
  if (scripts && (await page.locator("leptos-island").count()) > 0) {
    await expect(page.locator("html[data-islands=ready]")).toBeAttached();
  }
}
