// Starts Switchhook for browser tests: on a free port, with a SQLite file in a temp folder, allowed to
// reach receivers on loopback.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.SWITCHHOOK_BIN ?? join(import.meta.dirname, "../target/debug/switchhook");

export interface Switchhook {
  /** Where it answers. */
  url: string;
  /** Runs a command beside the running service; answers what it printed. */
  command(...words: string[]): Promise<string>;
  /** What the service has written so far: its log. */
  said(): string;
  stop(): Promise<void>;
}

function environment(folder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHHOOK_"));
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: `sqlite://${join(folder, "switchhook.db")}`,
    SWITCHHOOK_LISTEN: "127.0.0.1:0",
    SWITCHHOOK_ALLOW_TARGETS: "127.0.0.0/8",
    SWITCHHOOK_OPEN_SIGN_UP: "true",
    SWITCHHOOK_TRUSTED_PROXIES: "127.0.0.0/8",
    // Mails are in the log, since there is no mail server.
    SWITCHHOOK_LOG: "warn,switchhook::server::notify=info",
  };
}

/** The address that the program prints; fails with its words if it ends before. */
function address(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let words = "";
    const read = (chunk: Buffer) => {
      words += chunk;
      const match = words.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (match) found(match[0]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`switchhook ended with ${code}: ${words}`)));
  });
}

export async function startSwitchhook(): Promise<Switchhook> {
  const folder = mkdtempSync(join(tmpdir(), "switchhook-browser-"));
  const env = environment(folder);
  const child = spawn(program, ["serve"], { env, cwd: folder });
  const ended = new Promise((done) => child.on("exit", done));
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const url = await address(child);
  return {
    url,
    said: () => said,
    async command(...words) {
      const run = spawn(program, words, { env, cwd: folder });
      let out = "";
      let wrong = "";
      run.stdout.on("data", (chunk) => (out += chunk));
      run.stderr.on("data", (chunk) => (wrong += chunk));
      const code = await new Promise((done) => run.on("exit", done));
      if (code !== 0) throw new Error(`switchhook ${words.join(" ")}: ${wrong}`);
      return out.trim();
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Arrived {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  arrived: Arrived[];
  /** What it answers from now on. */
  answer: { status: number; body: string };
  stop(): Promise<void>;
}

/** A receiver on loopback that keeps what arrives. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: "", arrived: [], answer: { status: 200, body: "thank you" }, stop: async () => {} };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      receiver.arrived.push({ headers: request.headers, body });
      response.writeHead(receiver.answer.status, { "content-type": "text/plain" }).end(receiver.answer.body);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  receiver.stop = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return receiver;
}
