import { beforeEach, describe, expect, it } from "vitest";
import type { Sink, WriterSnapshot } from "../connectors/sink.ts";
import { MillraceError } from "../core/errors.ts";
import type { HarnessOptions } from "./operator-harness.ts";
import { OneInputHarness } from "./operator-harness.ts";
import { SinkOperator } from "./sink-operator.ts";

/** What happened, in order: "write a", "flush a b", "commit a b". */
let log: string[];
/** How many commits fail before one succeeds. */
let failures: number;
/** Set: flushes end when the test says so. */
let held: (() => void)[] | undefined;

/** Collects words; each flush makes one committable of those since the last one. */
const sink: Sink<string, string, number> = {
  guarantee: "exactly-once",
  createWriter(_context, restored) {
    let words: string[] = [];
    let written = restored.reduce((a, b) => a + b, 0);
    return {
      write(word) {
        log.push(`write ${word}`);
        words.push(word);
        written++;
      },
      async snapshot(_checkpointId, endOfInput): Promise<WriterSnapshot<string, number>> {
        const committables = words.length === 0 ? [] : [words.join(" ")];
        const state = [written];
        words = [];
        if (endOfInput) log.push("end of input");
        const waiting = held;
        if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
        return { committables, state };
      },
      close: async () => {
        log.push(`close after ${written}`);
      },
    };
  },
  createCommitter: () => ({
    async commit(committables, { recovered }) {
      if (failures-- > 0) throw new Error("busy");
      log.push(`commit ${recovered ? "again " : ""}${committables.join(", ")}`);
    },
    close: async () => {},
  }),
};

function open(options: HarnessOptions = {}, retries?: number) {
  const operator = new SinkOperator(sink, retries);
  return { operator, harness: new OneInputHarness<string, never>(operator, { name: "words", ...options }) };
}

const commits = (): string[] => log.filter((line) => line.startsWith("commit"));

beforeEach(() => {
  log = [];
  failures = 0;
  held = undefined;
});

describe("a sink with a committer", () => {
  it("commits nothing once another process may lead the job, and does not try again", async () => {
    let leads = true;
    const checkLeadership = (): void => {
      if (!leads) throw new MillraceError("LEADERSHIP_LOST", { message: "it may not lead any more" });
    };
    const operator = new SinkOperator(sink);
    const openAsIs = operator.open.bind(operator);
    operator.open = (context) =>
      openAsIs(Object.defineProperty(context, "checkLeadership", { value: checkLeadership }));
    const harness = new OneInputHarness<string, never>(operator, { name: "words" });
    harness.push("a");
    await harness.flushAndSnapshot();
    operator.notifyCheckpointComplete(1);
    await harness.settle();
    expect(commits()).toEqual(["commit a"]);

    leads = false;
    harness.push("b");
    await harness.flushAndSnapshot();
    operator.notifyCheckpointComplete(2);

    await expect(harness.settle()).rejects.toThrow(/LEADERSHIP_LOST/);
    expect(commits()).toEqual(["commit a"]);
  });

  it("commits what a checkpoint holds when that is complete, and not before", async () => {
    const { operator, harness } = open({ hasFinalCheckpoint: true });

    harness.push("a");
    harness.push("b");
    await harness.flushAndSnapshot();
    harness.push("c");
    expect(commits()).toEqual([]);
    operator.notifyCheckpointComplete(1);
    await harness.settle();

    expect(commits()).toEqual(["commit a b"]);
  });

  it("commits those of abandoned checkpoints with the next complete one, in order", async () => {
    const { operator, harness } = open({ hasFinalCheckpoint: true });

    for (const word of ["a", "b", "c"]) {
      harness.push(word);
      await harness.flushAndSnapshot();
    }
    operator.notifyCheckpointComplete(2);
    await harness.settle();
    expect(commits()).toEqual(["commit a", "commit b"]);
    operator.notifyCheckpointComplete(3);
    await harness.settle();

    expect(commits()).toEqual(["commit a", "commit b", "commit c"]);
  });

  it("after a restore commits what the checkpoint holds before it takes a record", async () => {
    const before = open({ hasFinalCheckpoint: true });
    before.harness.push("a");
    const first = await before.harness.flushAndSnapshot();
    before.harness.push("b");
    const snapshot = await before.harness.flushAndSnapshot();
    expect(first).not.toEqual(snapshot);

    const after = open({ restore: [snapshot], hasFinalCheckpoint: true });
    expect(after.operator.available()).toBe(false);
    await after.harness.settle();

    expect(after.operator.available()).toBe(true);
    expect(commits()).toEqual(["commit again a", "commit again b"]);
    expect(after.harness.wakeCount).toBeGreaterThan(0);
    const committed = open({ restore: [await after.harness.flushAndSnapshot()] });
    expect(committed.operator.available()).toBe(true);
  });

  it("gives its writer what the writer before it had saved", async () => {
    const before = open();
    before.harness.push("a");
    before.harness.push("b");
    const snapshot = await before.harness.flushAndSnapshot();

    const after = open({ restore: [snapshot] });
    await after.harness.settle();
    after.harness.push("c");
    await after.operator.close();

    expect(log).toContain("close after 3");
  });

  it("saves in a checkpoint nothing that was written after its barrier, however flushes overtake each other", async () => {
    const flushes: (() => void)[] = [];
    held = flushes;
    const { harness } = open();
    harness.push("a");
    const first = harness.flushAndSnapshot();
    harness.push("b");
    const second = harness.flushAndSnapshot();

    flushes[1]!();
    await new Promise((resolve) => setImmediate(resolve));
    flushes[0]!();
    held = undefined;
    const restoredCommits: string[][] = [];
    for (const snapshot of [await first, await second]) {
      log = [];
      const after = open({ restore: [snapshot] });
      await after.harness.settle();
      restoredCommits.push(commits());
    }

    expect(restoredCommits).toEqual([["commit again a"], ["commit again a", "commit again b"]]);
  });

  it("tries a commit again, and fails the task when it has done so often enough", async () => {
    const { operator, harness } = open({}, 2);
    harness.push("a");
    await harness.flushAndSnapshot();
    failures = 2;
    operator.notifyCheckpointComplete(1);
    await harness.settle();
    expect(commits()).toEqual([]);
    for (let retry = 0; retry < 2; retry++) {
      harness.advance(1000);
      await harness.settle();
    }
    expect(commits()).toEqual(["commit a"]);

    harness.push("b");
    await harness.flushAndSnapshot();
    failures = 3;
    operator.notifyCheckpointComplete(2);
    await harness.settle();
    harness.advance(1000);
    await harness.settle();
    harness.advance(1000);

    await expect(harness.settle()).rejects.toThrow(
      'COMMIT_FAILED: "words" could not commit what checkpoint 2 holds, after 2 retries: busy',
    );
  });
});

describe("a writer that cannot hand over what it holds", () => {
  const failingWith = (error: Error): Promise<unknown> => {
    const writer = () => ({ write() {}, snapshot: () => Promise.reject(error), close: async () => {} });
    return new OneInputHarness<string, never>(new SinkOperator({ ...sink, createWriter: writer as never }), {
      name: "words",
    }).flushAndSnapshot();
  };

  it("fails the task, in the name of the sink", async () => {
    await expect(failingWith(new TypeError("no connection"))).rejects.toThrow(
      /^SINK_FAILED: "words" could not hand over the records that it held: TypeError: no connection/,
    );
  });

  it("says what happened itself where it can", async () => {
    const full = new MillraceError("FILE_FAILED", { message: "the disk is full." });

    await expect(failingWith(full)).rejects.toBe(full);
  });
});

describe("the end of input", () => {
  it("flushes and commits where no checkpoint follows", async () => {
    const { operator, harness } = open();
    harness.push("a");

    operator.finish();
    expect(operator.busy()).toBe(true);
    await harness.settle();

    expect(operator.busy()).toBe(false);
    expect(log).toEqual(["write a", "end of input", "commit a"]);
  });

  it("keeps the task until the final checkpoint is complete and committed", async () => {
    const { operator, harness } = open({ hasFinalCheckpoint: true });
    harness.push("a");

    operator.finish();
    await harness.settle();
    expect(operator.busy()).toBe(true);
    await harness.flushAndSnapshot();
    expect(operator.busy()).toBe(true);
    operator.notifyCheckpointComplete(1);
    await harness.settle();

    expect(operator.busy()).toBe(false);
    expect(log).toEqual(["write a", "end of input", "commit a"]);
  });
});

it("a sink without a committer is done when it has flushed", async () => {
  const written: string[] = [];
  const plain: Sink<string> = {
    guarantee: "at-least-once",
    createWriter: () => ({
      write: (word) => written.push(word),
      available: () => written.length < 2,
      snapshot: async () => ({ committables: [], state: [] }),
      close: async () => {},
    }),
  };
  const operator = new SinkOperator(plain);
  const harness = new OneInputHarness<string, never>(operator);

  expect(operator.available()).toBe(true);
  harness.push("a");
  harness.push("b");
  expect(operator.available()).toBe(false);
  operator.finish();
  await harness.settle();

  expect(operator.busy()).toBe(false);
  expect(written).toEqual(["a", "b"]);
});
