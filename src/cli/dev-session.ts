import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disposeSavepoint } from "../checkpoint/dispose-checkpoint.ts";
import type { Clock } from "../core/clock.ts";
import { durationText } from "../core/figures.ts";
import { PACKAGE_ROOT } from "../core/package-root.ts";
import type { DevAnswer, DevOrder, DevServing } from "./dev-protocol.ts";
import { failureReport } from "./failure-report.ts";
import { stopJob, takeSavepoint } from "./job-operations.ts";
import type { RunOptions } from "./run-program.ts";
import { hasEnded, type ListedJob, listJobs } from "./running-jobs.ts";

/** How often it is looked whether a job runs by now. */
const POLL_MS = 20;

const PORT_FIRST = 8081;

/** One looks at the new version, and one runs it. */
const SPARES = 2;

/** A program that runs, and is replaced by its next version whenever that can go on with its state. */
export class DevSession {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  readonly #savepoints = mkdtempSync(join(tmpdir(), "millrace-dev-"));
  /** Where the versions listen: all at the same port, so that an open dashboard goes on. */
  #port: number | undefined;
  /** Whether the running one does by now. */
  #isServing = false;
  /** Started, and waiting for their orders. */
  readonly #spares: ChildProcess[] = [];
  #running: ChildProcess | undefined;
  /** What the running version has started from, and the next one does if it ends badly. */
  #savepoint: string | undefined;
  #isChanging = false;
  #isChangedAgain = false;

  constructor(
    program: string,
    args: readonly string[],
    options: RunOptions,
    clock: Clock,
    say: (line: string) => void,
  ) {
    this.#program = program;
    this.#args = args;
    this.#options = options;
    this.#clock = clock;
    this.#say = say;
  }

  /** Runs the program for the first time. */
  start(): void {
    this.#run();
    this.#fillSpares();
  }

  /** The program was saved: goes over to it if that is possible. Saved again meanwhile, it does so once more. */
  async changed(): Promise<void> {
    if (this.#isChanging) {
      this.#isChangedAgain = true;
      return;
    }
    this.#isChanging = true;
    do {
      this.#isChangedAgain = false;
      try {
        await this.#replace();
      } catch (error) {
        this.#say(`${failureReport(error, { verbose: false, cwd: process.cwd() })}\nThe program goes on as it was.`);
      }
      // Not before: starting them takes the time of what is being started.
      this.#fillSpares();
    } while (this.#isChangedAgain);
    this.#isChanging = false;
  }

  /** Lets the program end as by Ctrl-C, and leaves nothing behind. */
  async end(): Promise<void> {
    for (const spare of this.#spares) spare.kill();
    await this.#endRunning();
    rmSync(this.#savepoints, { recursive: true, force: true });
  }

  async #endRunning(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.kill("SIGINT");
    await ended(running);
  }

  async #replace(): Promise<void> {
    const startMs = this.#clock.nowMs();
    const job = await this.#job();
    if (job === undefined) {
      this.#say("starting again");
      // Its program has not come to its job yet: there is nothing to keep.
      await this.#endRunning();
      this.#run();
      return;
    }
    const before = await takeSavepoint(job, this.#savepoints, this.#clock, () => {});
    const answer = await this.#check(before);
    await disposeSavepoint(before);
    if (answer.kind === "not-loadable") {
      this.#say(`${answer.text}\nThe program goes on as it was.`);
      return;
    }
    if (!answer.ok) {
      this.#say(`${answer.text}\nThe program goes on as it was; the next save tries again.`);
      return;
    }
    const old = this.#running!;
    const savepoint = await stopJob(job, { directory: this.#savepoints, drain: false }, this.#clock, () => {});
    await ended(old);
    const former = this.#savepoint;
    this.#savepoint = savepoint;
    this.#run();
    if ((await this.#untilItRuns()) === undefined) return;
    this.#say(`the new version runs, with its state, after ${durationText(this.#clock.nowMs() - startMs)}`);
    if (former !== undefined) await disposeSavepoint(former);
  }

  #run(): void {
    const child = this.#takeSpare();
    const { define = {} } = this.#options;
    const from = this.#savepoint === undefined ? {} : { from: this.#savepoint };
    // The process has a server of its own, of which it tells where it listens.
    const options = { ...this.#options, ...from, define: { ...define, "rest.enabled": "false" } };
    const port = this.#port ?? PORT_FIRST;
    child.send({ kind: "run", program: this.#program, args: this.#args, options, port } satisfies DevOrder);
    this.#running = child;
    this.#isServing = false;
    child.once("message", (message) => this.#onServing((message as DevServing).port));
    child.once("exit", () => {
      if (this.#running !== child) return;
      this.#running = undefined;
      if (!this.#isChanging) this.#say("the program has ended; the next save starts it again");
    });
  }

  #onServing(port: number): void {
    this.#isServing = true;
    if (port !== this.#port) this.#say(`dashboard: http://127.0.0.1:${port}`);
    this.#port = port;
  }

  async #check(from: string): Promise<DevAnswer> {
    const child = this.#takeSpare();
    const order: DevOrder = { kind: "check", program: this.#program, args: this.#args, options: this.#options, from };
    const answer = new Promise<DevAnswer>((resolve, reject) => {
      child.once("message", (message) => resolve(message as DevAnswer));
      child.once("exit", () => reject(new Error("the new version ended the process while it was being looked at.")));
    });
    child.send(order);
    return answer;
  }

  /** The job of the running version; undefined where it has ended, or not begun. */
  async #job(): Promise<ListedJob | undefined> {
    if (this.#running === undefined || !this.#isServing) return undefined;
    const jobs = await listJobs(`127.0.0.1:${this.#port}`);
    return jobs.find((job) => !hasEnded(job));
  }

  async #untilItRuns(): Promise<ListedJob | undefined> {
    while (this.#running !== undefined) {
      // It may end while it is asked.
      const job = await this.#job().catch(() => undefined);
      if (job?.state === "RUNNING") return job;
      await new Promise<void>((resolve) => this.#clock.setAlarm(this.#clock.nowMs() + POLL_MS, resolve));
    }
    return undefined;
  }

  #takeSpare(): ChildProcess {
    return this.#spares.shift() ?? startChild();
  }

  #fillSpares(): void {
    while (this.#spares.length < SPARES) this.#spares.push(startChild());
  }
}

function startChild(): ChildProcess {
  return fork(join(PACKAGE_ROOT, "dist/cli/dev-child.js"), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // A terminal sends Ctrl-C to a whole group; who gets it here is for `millrace dev` to say.
    detached: true,
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
