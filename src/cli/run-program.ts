import { existsSync } from "node:fs";
import { extname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import { bundleProgram } from "../runtime/host/program-module.ts";
import type { RunningJob } from "../runtime/job-execution.ts";
import { setLaunch } from "../runtime/launch.ts";
import { failureReport } from "./failure-report.ts";
import { endText, stopText } from "./job-end.ts";
import { type LaunchOptions, launchConfiguration } from "./launch-configuration.ts";
import { Progress } from "./progress.ts";

export interface RunOptions extends LaunchOptions {
  readonly quiet?: boolean;
  /** Errors with their stacks and causes. */
  readonly verbose?: boolean;
}

const EXIT_FAILED = 1;

/**
 * Loads a program in this process and stays until its jobs have ended. The exit code is 0 when all went well, which includes jobs stopped
 * by Ctrl-C, and 1 when the program or one of its jobs failed.
 */
export async function runProgram(
  file: string,
  programArguments: readonly string[],
  options: RunOptions,
  clock: Clock,
): Promise<void> {
  const run = new ProgramRun(options, clock);
  try {
    await run.load(resolve(file), programArguments);
  } catch (error) {
    await run.fail(error);
  }
}

class ProgramRun {
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #progress: Progress;
  readonly #jobs = new Set<RunningJob>();
  #jobCount = 0;
  /** What a program hears of a job that was stopped from outside; nothing has failed. */
  readonly #stops = new Set<unknown>();
  readonly #reported = new Set<unknown>();

  constructor(options: RunOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#progress = new Progress(process.stderr, clock, { quiet: options.quiet === true || logsJson(options) });
  }

  async load(path: string, programArguments: readonly string[]): Promise<void> {
    const program = await programUrl(path);
    setLaunch({
      configuration: launchConfiguration(this.#options, process.cwd()),
      program,
      log: this.#progress,
      onJob: (job) => this.#onJob(job),
    });
    process.argv = [process.argv[0]!, path, ...programArguments];
    // Errors of a bundled program name the lines that its author wrote.
    process.setSourceMapsEnabled(true);
    process.on("uncaughtException", (error) => void this.fail(error));
    process.once("beforeExit", () => this.#onEnd());
    this.#shareTerminal();
    await import(program);
  }

  /** As without us, an error that the program does not catch ends it; but jobs that still run are stopped in order. */
  async fail(error: unknown): Promise<void> {
    if (!this.#stops.has(error)) {
      this.#report(error);
      process.exitCode = EXIT_FAILED;
    }
    await Promise.allSettled([...this.#jobs].map((job) => job.suspend()));
    process.exit();
  }

  #onJob(job: RunningJob): void {
    const startMs = this.#clock.nowMs();
    this.#jobCount++;
    this.#jobs.add(job);
    this.#progress.watch(job);
    job
      .result()
      .then(
        (result) => this.#progress.info(endText(result)),
        (error: unknown) => this.#onJobError(job, error, startMs),
      )
      .finally(() => {
        this.#jobs.delete(job);
        this.#progress.unwatch(job);
      });
  }

  #onJobError(job: RunningJob, error: unknown, startMs: number): void {
    switch (job.status()) {
      case "SUSPENDED":
        this.#stops.add(error);
        this.#progress.say(stopText(job, this.#clock.nowMs() - startMs));
        break;
      case "CANCELED":
        // The program asked for it.
        this.#progress.info(`"${job.jobName}" was cancelled`);
        break;
      default:
        this.#report(error);
        process.exitCode ??= EXIT_FAILED;
    }
  }

  #report(error: unknown): void {
    if (this.#reported.has(error)) return;
    this.#reported.add(error);
    this.#progress.say(failureReport(error, { verbose: this.#options.verbose === true, cwd: process.cwd() }));
  }

  #onEnd(): void {
    if (this.#jobCount === 0) {
      this.#progress.info("the program has ended without running a job: is `await env.execute()` missing?");
    }
  }

  /** What the program prints must not end up in the middle of the status line. */
  #shareTerminal(): void {
    if (!process.stdout.isTTY || !process.stderr.isTTY) return;
    const write = process.stdout.write.bind(process.stdout) as (...args: unknown[]) => boolean;
    process.stdout.write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
      this.#progress.makeWay(text);
      return write(text, ...rest);
    };
  }
}

/**
 * The module that this thread and the workers load: the file itself, or for TypeScript its bundle.
 *
 * @throws {MillraceError} `PROGRAM_NOT_LOADABLE` where there is no such program.
 */
export async function programUrl(path: string): Promise<string> {
  const near = relative(process.cwd(), path);
  const shown = near.startsWith("..") ? path : near;
  if (!existsSync(path)) {
    throw new MillraceError("PROGRAM_NOT_LOADABLE", {
      message: `there is no file ${shown}.`,
      advice: "Name the file of your program, as in `millrace run jobs/clicks.ts`.",
    });
  }
  if (/^\.[cm]?ts$/.test(extname(path))) return bundleProgram(path);
  if (/^\.[cm]?js$/.test(extname(path))) return pathToFileURL(path).href;
  throw new MillraceError("PROGRAM_NOT_LOADABLE", {
    message: `${shown} is neither TypeScript nor JavaScript.`,
    advice: "A program is a file that ends in .ts, .mjs or .js.",
  });
}

/** Lines that a machine reads have no others between them. */
function logsJson(options: RunOptions): boolean {
  return launchConfiguration(options, process.cwd())["millrace.log.format"] === "json";
}
