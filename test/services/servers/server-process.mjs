/**
 * A server as a child process: started, waited for until it answers, and stopped by its id. It writes to a log file, whose end is shown
 * when something is wrong.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Between asking it to end and making it. */
const STOP_TIMEOUT_MS = 3_000;

/** What runs now, so that an end by a signal or an error leaves nothing behind. */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ServerProcess {
  #command;
  #args;
  #options;
  #child;
  #ended;

  constructor(command, args, { log, env = {}, cwd }) {
    this.#command = command;
    this.#args = args;
    this.#options = { log, env, cwd };
    this.start();
  }

  /** Starts it again, once it has ended. */
  start() {
    const { log, env, cwd } = this.#options;
    const output = openSync(log, "a");
    const stdio = ["ignore", output, output];
    const child = spawn(this.#command, this.#args, { cwd, stdio, env: { ...process.env, ...env } });
    closeSync(output);
    running.add(child);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(`could not be started: ${error.message}`));
      child.on("exit", (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
    void this.#ended.then(() => running.delete(child));
  }

  /** With SIGKILL: it flushes nothing, and says goodbye to nobody. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Asks again and again until `isReady` says yes. @throws with the end of the log when it ends first, or takes too long. */
  async ready(isReady, withinMs) {
    let end;
    void this.#ended.then((how) => {
      end = how;
    });
    for (const until = Date.now() + withinMs; Date.now() < until; await sleep(100)) {
      if (end !== undefined) throw new Error(`it ${end}.\n${this.#logEnd()}`);
      if (await isReady().catch(() => false)) return;
    }
    throw new Error(`it was not ready after ${withinMs} ms.\n${this.#logEnd()}`);
  }

  async stop() {
    if (!running.has(this.#child)) return;
    this.#child.kill("SIGTERM");
    const timeout = new AbortController();
    const killed = sleep(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(
      () => this.#child.kill("SIGKILL"),
      () => {},
    );
    await this.#ended;
    timeout.abort();
    await killed;
  }

  #logEnd() {
    return readFileSync(this.#options.log, "utf8").split("\n").slice(-30).join("\n");
  }
}

/** So many ports of this machine that are free now. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.on("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Runs a command to its end. @throws with its output when it fails. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => running.delete(child));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`);
  return output;
}
