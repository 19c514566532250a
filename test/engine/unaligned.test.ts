import { AsyncDataStream, type DataStream, type JobClient, StreamExecutionEnvironment } from "millrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../src/core/manual-clock.ts";
import { InProcessHost } from "../../src/runtime/host/in-process-host.ts";
import { silentLog } from "../../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../../src/runtime/launch.ts";
import { HeldScheduler } from "./held-scheduler.ts";

/** More than the channels before the asynchronous operator hold. */
const NUMBERS = 3_000;
const INTERVAL_MS = 1_000;
/** When the first checkpoint is triggered: by chance, which is halfway here. */
const FIRST_MS = 500;

/** Somebody outside who answers when the test says so. */
class HeldAnswers {
  #due: (() => void)[] = [];
  #isQuick = false;

  readonly ask = (value: number): Promise<number> =>
    this.#isQuick ? Promise.resolve(value) : new Promise((resolve) => this.#due.push(() => resolve(value)));

  get asked(): number {
    return this.#due.length;
  }

  giveOne(): void {
    this.#due.shift()!();
  }

  /** To all who have asked, and from now on at once. */
  giveAll(): void {
    this.#isQuick = true;
    for (const answer of this.#due) answer();
    this.#due = [];
  }
}

describe("an unaligned checkpoint behind a full asynchronous operator", () => {
  let before: Launch | undefined;
  let clock: ManualClock;
  let scheduler: HeldScheduler;
  let answers: HeldAnswers;
  /** Whether the operator behind fails at the next record. */
  let fails: boolean;

  beforeEach(() => {
    before = launched();
    clock = new ManualClock(0);
    scheduler = new HeldScheduler();
    answers = new HeldAnswers();
    fails = false;
    setLaunch({ configuration: {}, log: silentLog, host: new InProcessHost({ clock, scheduler, random: () => 0.5 }) });
  });
  afterEach(() => setLaunch(before ?? { configuration: {} }));

  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await scheduler.drain();
  };

  /** Runs until the first checkpoint has been triggered; every number is put out `copies` times. */
  const started = async (alignedTimeout: string, spread: (numbers: DataStream<number>) => DataStream<number>) => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({
      "execution.checkpointing.unaligned.enabled": "true",
      "execution.checkpointing.aligned-checkpoint-timeout": alignedTimeout,
      "restart-strategy.type": "fixed-delay",
      "restart-strategy.fixed-delay.attempts": "1",
      "restart-strategy.fixed-delay.delay": "0 ms",
    });
    env.enableCheckpointing(INTERVAL_MS);
    const found = AsyncDataStream.unorderedWait(
      spread(env.fromSequence(1, NUMBERS).disableChaining()),
      { asyncInvoke: answers.ask },
      { timeout: "1h", capacity: 1 },
    );
    const seen = found
      .flatMap((n) => [n, -n, n, -n])
      .keyBy((n) => n)
      .map((n) => {
        if (fails) {
          fails = false;
          throw new Error("a failure behind the checkpoint");
        }
        return n;
      })
      .collect();
    const job = await env.executeAsync("unaligned");
    await scheduler.drain();
    await advance(FIRST_MS);
    return { job, values: () => seen.values() };
  };

  const finishes = async (job: JobClient): Promise<void> => {
    for (let tries = 0; tries < 100 && job.status() !== "FINISHED"; tries++) await advance(INTERVAL_MS);
    expect(job.status()).toBe("FINISHED");
  };

  const expected = Array.from({ length: NUMBERS }, (_, at) => [at + 1, at + 1, -at - 1, -at - 1]).flat();
  const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

  it("overtakes what waits for it, and none of that is lost or comes twice", async () => {
    const { job, values } = await started("0 ms", (numbers) => numbers.rebalance());

    const { completed } = job.checkpoints().latest;
    expect(answers.asked).toBe(1);
    expect(completed).toMatchObject({ checkpoint_type: "UNALIGNED_CHECKPOINT" });
    expect(completed!.persisted_data).toBeGreaterThan(1_000);
    fails = true;
    answers.giveAll();
    await finishes(job);
    expect(job.restarts()).toBe(1);
    expect(sorted(values())).toEqual(sorted(expected));
  });

  it("begins aligned, and overtakes once its alignment has taken too long", async () => {
    const { job, values } = await started("300 ms", (numbers) => numbers.rebalance());

    await advance(299);
    expect(job.checkpoints().counts).toMatchObject({ in_progress: 1, completed: 0 });
    await advance(1);
    expect(answers.asked).toBe(1);
    expect(job.checkpoints().latest.completed).toMatchObject({ checkpoint_type: "UNALIGNED_CHECKPOINT" });
    fails = true;
    answers.giveAll();
    await finishes(job);
    expect(job.restarts()).toBe(1);
    expect(sorted(values())).toEqual(sorted(expected));
  });

  it("waits for it where it must not be overtaken, and what it puts out until then is taken in and saved", async () => {
    const { job, values } = await started("0 ms", (numbers) => numbers);

    expect(job.checkpoints().counts).toMatchObject({ in_progress: 1, completed: 0 });
    let given = 0;
    for (; job.checkpoints().counts.completed === 0 && given < NUMBERS; given++) {
      answers.giveOne();
      await scheduler.drain();
    }
    // Four records of each, and so more than the channel between the two holds.
    expect(given).toBeGreaterThan(1_000);
    const { completed } = job.checkpoints().latest;
    expect(completed).toMatchObject({ checkpoint_type: "UNALIGNED_CHECKPOINT" });
    expect(completed!.persisted_data).toBeGreaterThan(4 * given);
    fails = true;
    answers.giveAll();
    await finishes(job);
    expect(job.restarts()).toBe(1);
    expect(sorted(values())).toEqual(sorted(expected));
  });
});
