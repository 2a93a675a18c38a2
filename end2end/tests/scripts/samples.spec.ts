// The examples that a webhook's page shows are run as they stand, but for the port, and believe what is
// sent to them. Those for Go, Rust, PHP and Ruby are not run here: their tools are not part of the set-up.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, ready, test } from "../../fixtures.js";
import { organization } from "../../platform.js";

const root = join(import.meta.dirname, "../../..");
// Within node_modules, so that the examples find the libraries, and git does not find the examples.
const folder = join(root, "end2end/node_modules/.samples");

interface Language {
  name: string;
  file: string;
  start(file: string, port: number): string[];
}

const languages: Language[] = [
  { name: "Node", file: "receiver.mjs", start: (file) => ["node", file] },
  {
    name: "Python",
    file: "receiver.py",
    start: (file, port) => [
      join(root, "target/receivers/python/bin/python"), "-m", "flask", "--app", file, "run", "--port", String(port),
    ],
  },
];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Standard Webhooks' headers, a header of the platform's own, and a token that the receiver compares. */
const ways = [
  { platform: "Standard Webhooks", what: "example", title: "Verify the signature", token: "" },
  { platform: "CallIntel", what: "example for the platform's own header", title: "Verify the signature", token: "" },
  { platform: "Ello", what: "example for the platform's token", title: "Check the token", token: "t0ken-of-the-receiver" },
];

for (const { platform, what, title, token } of ways) {
  for (const { name, file, start } of languages) {
    test(`the ${name} ${what} verifies a delivery and refuses what is not signed`, async ({ page, person, request }) => {
      const slug = `${person.slug}-samples`;
      await organization(page, platform, slug);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/webhooks`;
      await page.goto(`/o/${slug}/webhooks/new`);
      await page.getByLabel("URL", { exact: true }).fill(url);
      if (token) await page.getByLabel("Authorization").fill(token);
      await page.getByRole("main").getByRole("button", { name: "Add webhook" }).last().click();
      const secret = (await page.getByText(/^whsec_/).first().textContent())!.trim();
      const guide = page.getByRole("region", { name: title });
      await guide.getByRole("radio", { name }).check();
      const code = (await guide.getByRole("region", { name: `${name} receiver` }).textContent())!;

      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, file), code.replace("8080", String(port)));
      const [program, ...words] = start(join(folder, file), port);
      const receiver = spawn(program!, words, { env: { ...process.env, WEBHOOK_SECRET: secret, WEBHOOK_TOKEN: token }, stdio: "pipe" });
      let said = "";
      receiver.stdout.on("data", (chunk) => (said += chunk));
      receiver.stderr.on("data", (chunk) => (said += chunk));
      try {
        const unsigned = () => request.post(url, { data: {} }).then((answer) => answer.status(), () => said);
        await expect.poll(unsigned, { timeout: 20_000 }).toBe(401);
        await page.getByRole("link", { name: /send a test/ }).click();
        await ready(page, true);
        await page.getByRole("button", { name: "Send test" }).click();
        await expect(page.getByText("204").first()).toBeVisible();
      } finally {
        receiver.kill();
      }
    });
  }
}
