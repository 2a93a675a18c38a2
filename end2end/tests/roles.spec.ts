// What a person may not do is shown all the same, switched off, with the reason.
import { expect, test } from "../fixtures.js";
import { joined } from "../joined.js";
import { furnished } from "../pages.js";

interface Rights {
  role: "Viewer" | "Member";
  /** Whether tests and retries are open to them. */
  sends: boolean;
}

for (const { role, sends } of [{ role: "Viewer", sends: false }, { role: "Member", sends: true }] satisfies Rights[]) {
  test(`a ${role.toLowerCase()} sees what is switched off, and why`, async ({
    page, person, receiver, switchhook, browser, baseURL, javaScriptEnabled,
  }) => {
    const pages = await furnished(page, person.slug, switchhook, receiver.url);
    const of = (end: RegExp) => pages.find((path) => end.test(path))!;
    const { page: theirs } = await joined(page, browser, person.slug, role, { baseURL, javaScriptEnabled });
    const off = async (name: RegExp, reason: RegExp) => {
      const control = theirs.getByRole("main").getByRole("button", { name }).first();
      await expect(control).toHaveAttribute("aria-disabled", "true");
      await expect(control).toHaveAccessibleName(reason);
    };

    await theirs.goto(of(/\/webhooks$/));
    await off(/^Add webhook/, /Only the role admin or above can change webhooks/);
    await expect(theirs.getByRole("switch").first()).toHaveAttribute("aria-disabled", "true");
    await theirs.goto(of(/\/edit$/));
    await off(/^Save changes/, /Only the role admin/);
    await expect(theirs.getByLabel("URL", { exact: true })).toBeDisabled();
    await expect(theirs.getByLabel("Description")).toBeDisabled();
    await theirs.goto(of(/\/members$/));
    await off(/^Invite/, /Only the role admin or above can manage members/);
    await theirs.goto(of(/\/api-keys$/));
    await off(/^Make key/, /Only the role admin or above can manage API keys/);
    await theirs.goto(of(/\/settings$/));
    await off(/^Save name/, /Only the role admin/);

    await theirs.goto(of(/\/test$/));
    if (sends) await expect(theirs.getByRole("button", { name: "Send test" })).toBeEnabled();
    else await off(/^Send test/, /Only the role member or above can send tests/);
    await theirs.goto(of(/\/deliveries\/dlv_/));
    if (sends) await expect(theirs.getByRole("button", { name: "Retry", exact: true })).toBeEnabled();
    else await off(/^Retry/, /Only the role member or above can retry deliveries/);
    await theirs.context().close();
  });
}
