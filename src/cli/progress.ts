import type { Clock } from "../core/clock.ts";
import type { RunningJob } from "../runtime/job-execution.ts";
import type { JobLog } from "../runtime/job-log.ts";
import { progressLine, recordsRead, slowestWatermark } from "./progress-line.ts";
import { StatusLine, type Terminal } from "./status-line.ts";

/** How often tasks are asked for metrics, and the line on a terminal is rewritten. */
const TICK_MS = 1000;
/** How often there is a new line where lines cannot be rewritten; logs should stay short. */
const PLAIN_LINE_MS = 10_000;

/**
 * Shows how the jobs of this process are doing: on a terminal in one line that is rewritten, elsewhere in a line every now and then.
 */
export class Progress implements JobLog {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #quiet: boolean;
  readonly #statusLine: StatusLine;
  readonly #jobs = new Map<RunningJob, RateMeter>();
  #callOff: (() => void) | undefined;
  /** When the latest line, or the watching, began. */
  #shownMs = 0;

  constructor(terminal: Terminal, clock: Clock, options: { readonly quiet: boolean }) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#quiet = options.quiet;
    this.#statusLine = new StatusLine(terminal);
  }

  /** From now on until it has ended. */
  watch(job: RunningJob): void {
    if (this.#quiet) return;
    this.#jobs.set(job, new RateMeter(this.#clock.nowMs()));
    if (this.#callOff !== undefined) return;
    this.#shownMs = this.#clock.nowMs();
    this.#callOff = this.#nextTick();
  }

  unwatch(job: RunningJob): void {
    this.#jobs.delete(job);
    if (this.#jobs.size > 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#statusLine.clear();
  }

  info(line: string): void {
    if (!this.#quiet) this.say(`[millrace] ${line}`);
  }

  warn(line: string): void {
    this.say(`[millrace] WARN ${line}`);
  }

  /** A line that is shown even when nothing else is. */
  say(line: string): void {
    this.#statusLine.printAbove(line);
  }

  /** The program is about to print `text` itself, perhaps on the same terminal. */
  makeWay(text: string | Uint8Array): void {
    this.#statusLine.makeWay(text);
  }

  #nextTick(): () => void {
    // Metrics take a moment to arrive: what is asked for now is shown at the next tick.
    for (const job of this.#jobs.keys()) if (job.status() === "RUNNING") job.requestMetrics();
    return this.#clock.setAlarm(this.#clock.nowMs() + TICK_MS, () => {
      this.#showIfDue();
      this.#callOff = this.#nextTick();
    });
  }

  #showIfDue(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#terminal.isTTY !== true && nowMs < this.#shownMs + PLAIN_LINE_MS) return;
    this.#shownMs = nowMs;
    const lines = [...this.#jobs].map(([job, rate]) => this.#lineOf(job, rate));
    if (this.#terminal.isTTY === true) this.#statusLine.show(lines.join("  |  "));
    else for (const line of lines) this.info(line);
  }

  #lineOf(job: RunningJob, rate: RateMeter): string {
    const nowMs = this.#clock.nowMs();
    const metrics = job.metrics();
    const completed = job.checkpoints().latest.completed;
    return progressLine({
      jobName: job.jobName,
      status: job.status(),
      recordsPerSecond: metrics.length === 0 ? undefined : rate.measure(recordsRead(metrics), nowMs),
      watermarkMs: slowestWatermark(metrics),
      checkpoint: completed === null ? undefined : checkpointFacts(completed),
      restarts: job.restarts(),
      nowMs,
    });
  }
}

/** How fast a count grows from one measurement to the next. */
class RateMeter {
  #count = 0;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Per second. A restarted task counts from 0 again; that is no negative rate. */
  measure(count: number, nowMs: number): number {
    const elapsedMs = nowMs - this.#atMs;
    const grown = Math.max(0, count - this.#count);
    this.#count = count;
    this.#atMs = nowMs;
    return elapsedMs <= 0 ? 0 : (grown * 1000) / elapsedMs;
  }
}

type CompletedStatistic = NonNullable<ReturnType<RunningJob["checkpoints"]>["latest"]["completed"]>;

function checkpointFacts({ id, trigger_timestamp, end_to_end_duration, state_size }: CompletedStatistic) {
  return { id, completedMs: trigger_timestamp + end_to_end_duration, stateBytes: state_size };
}
