import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import { FolderLeaderLog } from "./folder-leader-log.ts";
import type { LeaderLog } from "./leader-log.ts";
import type { LeaderRecord } from "./leader-record.ts";
import { Leadership } from "./leadership.ts";
import { sampleRecord } from "./sample-records.ts";

const CHECKPOINT = { checkpointId: 42, location: "memory:///chk-42-e1", completedMs: 5 };

/** A log whose appends a test lets fail, before or after they have taken effect, or hang. */
class FaultyLog implements LeaderLog {
  readonly description = "memory:///ha";
  readonly #log = new FolderLeaderLog(new MemoryFileSystem(), "/ha");
  fault: "none" | "before" | "after" | "hang" = "none";
  appends = 0;

  newest(): ReturnType<LeaderLog["newest"]> {
    return this.#log.newest();
  }

  async append(after: number, record: LeaderRecord): Promise<boolean> {
    this.appends += 1;
    if (this.fault === "before") throw new Error("the disk is away");
    if (this.fault === "hang") return new Promise(() => {});
    const taken = await this.#log.append(after, record);
    if (this.fault === "after") throw new Error("the answer was lost");
    return taken;
  }
}

async function lead(): Promise<{ log: FaultyLog; clock: ManualClock; leadership: Leadership }> {
  const log = new FaultyLog();
  const clock = new ManualClock();
  const record = sampleRecord(1, "me");
  await log.append(0, record);
  return { log, clock, leadership: new Leadership(log, record, 1, clock.nowMs(), clock) };
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    clock.advance(10);
    for (let n = 0; n < 60; n++) await undefined;
  }
}

describe("leadership", () => {
  it("renews itself as long as the log takes its records", async () => {
    const { log, clock, leadership } = await lead();

    await pass(clock, 10_000);

    expect(leadership.isLost).toBe(false);
    expect(() => leadership.check()).not.toThrow();
    expect((await log.newest())!.number).toBeGreaterThan(30);
  });

  it("points to a checkpoint, once for everyone", async () => {
    const { log, leadership } = await lead();

    await leadership.pointTo(CHECKPOINT);

    expect((await log.newest())?.record?.checkpoint).toEqual(CHECKPOINT);
  });

  it("finds out that a record is there although its answer was lost", async () => {
    const { log, clock, leadership } = await lead();
    log.fault = "after";
    const pointed = leadership.pointTo(CHECKPOINT);
    await pass(clock, 100);
    log.fault = "none";
    await pass(clock, 200);

    await expect(pointed).resolves.toBeUndefined();
    expect((await log.newest())?.record?.checkpoint).toEqual(CHECKPOINT);
    expect(leadership.isLost).toBe(false);
  });

  it.each(["before", "hang"] as const)("ends before its lease does when storage fails (%s)", async (fault) => {
    const { log, clock, leadership } = await lead();
    log.fault = fault;
    const pointed = leadership.pointTo(CHECKPOINT).catch((error: unknown) => error);

    await pass(clock, 790);
    expect(leadership.isLost).toBe(false);
    await pass(clock, 20);

    expect(leadership.isLost).toBe(true);
    expect(leadership.deadline.hasPassed).toBe(true);
    expect(await pointed).toMatchObject({ code: "LEADERSHIP_LOST" });
    expect(await leadership.lost).toMatchObject({ message: expect.stringContaining("could not renew its lease") });
  });

  it("is noticed to be over by a process that was stopped, before it does anything", async () => {
    const { log, clock, leadership } = await lead();
    const before = log.appends;
    // Its alarms have not rung yet.
    Object.defineProperty(clock, "nowMs", { value: () => 5_000 });

    await expect(leadership.pointTo(CHECKPOINT)).rejects.toMatchObject({ code: "LEADERSHIP_LOST" });
    expect(log.appends).toBe(before);
  });

  it("is over when somebody else's record is there, whatever the clock says", async () => {
    const { log, leadership } = await lead();
    await log.append(1, sampleRecord(2, "other"));

    await expect(leadership.pointTo(CHECKPOINT)).rejects.toThrow(/was overtaken by process 7 on "host"/);
    expect((await log.newest())?.record?.checkpoint).toBeUndefined();
  });

  it("is given back, and then does nothing more", async () => {
    const { log, clock, leadership } = await lead();

    await leadership.release();
    await pass(clock, 5_000);

    expect(await log.newest()).toMatchObject({ number: 2, record: { state: "released" } });
    expect(() => leadership.check()).toThrow(/has given it back/);
    expect(clock.alarmCount).toBe(0);
  });

  it("says how the job ended, and forgets its checkpoints where they are removed", async () => {
    const { log, leadership } = await lead();
    await leadership.pointTo(CHECKPOINT);
    await leadership.seal();
    expect((await log.newest())?.record).toMatchObject({ state: "ended", checkpoint: undefined, ending: undefined });

    const ending = { status: "FINISHED", message: undefined, startedFrom: undefined, result: { jobId: "1" } } as const;
    await leadership.end(ending);

    expect((await log.newest())?.record).toMatchObject({ state: "ended", ending });
    expect(leadership.deadline.hasPassed).toBe(true);
  });
});
