import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) throw new Error("no Chromium: install the package chromium, or name one in CHROMIUM");

// The browser talks to the server under test and to nobody else.
const args = [
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
  "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
];
if (process.getuid?.() === 0) args.push("--no-sandbox");

export default defineConfig({
  testDir: "tests",
  outputDir: "../target/results/browser",
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: "../target/results/browser.json" }]],
  use: {
    launchOptions: { executablePath, args },
    screenshot: "only-on-failure",
    trace: "off",
  },
  projects: [
    { name: "scripts on", use: { javaScriptEnabled: true } },
    { name: "scripts off", testIgnore: "scripts/**", use: { javaScriptEnabled: false } },
  ],
});
