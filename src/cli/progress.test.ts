import { describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import type { RunningJob } from "../runtime/job-execution.ts";
import { Progress } from "./progress.ts";

describe("progress", () => {
  it("rewrites one line every second on a terminal, and takes it away at the end", () => {
    const { progress, clock, written, job } = setup({ isTTY: true });

    progress.watch(job.running);
    job.read = 500;
    clock.advance(1000);
    job.read = 2500;
    clock.advance(1000);
    progress.unwatch(job.running);

    expect(written).toEqual([`${ERASE}clicks  RUNNING  500 records/s`, `${ERASE}clicks  RUNNING  2k records/s`, ERASE]);
    expect(clock.alarmCount).toBe(0);
  });

  it("prints a line every ten seconds elsewhere", () => {
    const { progress, clock, written, job } = setup({ isTTY: false });

    progress.watch(job.running);
    clock.advance(9_999);
    expect(written).toEqual([]);
    job.read = 1000;
    clock.advance(1);

    expect(written).toEqual(["[millrace] clicks  RUNNING  100 records/s\n"]);
  });

  it("does not take a restarted task, which counts from 0 again, for a negative rate", () => {
    const { progress, clock, written, job } = setup({ isTTY: true });

    progress.watch(job.running);
    job.read = 500;
    clock.advance(1000);
    job.read = 20;
    clock.advance(1000);

    expect(written.at(-1)).toBe(`${ERASE}clicks  RUNNING  0 records/s`);
  });

  it("says nothing but warnings when it is to be quiet", () => {
    const { progress, clock, written, job } = setup({ isTTY: true, quiet: true });

    progress.watch(job.running);
    clock.advance(60_000);
    progress.info("restored");
    progress.warn("late");

    expect(written).toEqual(["[millrace] WARN late\n"]);
    expect(clock.alarmCount).toBe(0);
  });
});

const ERASE = "\r\x1b[2K";

function setup({ isTTY, quiet = false }: { isTTY: boolean; quiet?: boolean }) {
  const written: string[] = [];
  const clock = new ManualClock();
  const terminal = { isTTY, write: (text: string) => written.push(text) };
  const progress = new Progress(terminal, clock, { quiet });
  return { progress, clock, written, job: scriptedJob() };
}

/** A job whose source has read as much as the test says. */
function scriptedJob() {
  const job = {
    read: 0,
    running: {
      jobName: "clicks",
      status: () => "RUNNING",
      requestMetrics: () => {},
      metrics: () => [{ counters: { numRecordsOut: job.read }, watermarkMs: Number.MIN_SAFE_INTEGER }],
      checkpoints: () => ({ latest: { completed: null } }),
      restarts: () => 0,
    } as unknown as RunningJob,
  };
  return job;
}
