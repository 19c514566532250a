import { beforeEach, describe, expect, it } from "vitest";
import type {
  PollStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SplitOutput,
} from "../connectors/source.ts";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { MALFORMED_RECORDS } from "./malformed-records.ts";
import type { HarnessOptions } from "./operator-harness.ts";
import { OperatorHarness } from "./operator-harness.ts";
import { SourceOperator } from "./source-operator.ts";
import { WatermarkStrategy } from "./watermark-strategy.ts";

interface Split {
  readonly splitId: string;
  readonly next: number;
  readonly end: number;
}

/** Emits the numbers of its splits, each with ten times itself as its timestamp, one record of each split in turn. */
class CountingReader implements SourceReader<number, Split> {
  readonly life: string[] = [];
  readonly #context: SourceReaderContext;
  #splits: Split[] = [];
  #noMore = false;

  constructor(context: SourceReaderContext) {
    this.#context = context;
  }

  start(): void {
    this.life.push(`start with ${this.#splits.length}`);
    this.#context.requestSplit();
  }

  poll(output: ReaderOutput<number>, recordsMax: number): PollStatus {
    for (let i = 0; i < recordsMax && this.#splits.length > 0; i++) {
      const split = this.#splits.shift()!;
      if (split.next < split.end) {
        this.emit(output.split(split.splitId), split.next);
        this.#splits.push({ ...split, next: split.next + 1 });
      } else output.releaseSplit(split.splitId);
    }
    if (this.#splits.length > 0) return "more";
    return this.#noMore ? "finished" : "nothing";
  }

  emit(output: SplitOutput<number>, n: number): void {
    output.collect(n, n * 10);
  }

  addSplits(splits: readonly Split[]): void {
    this.#splits.push(...splits);
  }

  noMoreSplits(): void {
    this.#noMore = true;
  }

  snapshot(): readonly Split[] {
    return this.#splits;
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.life.push(`checkpoint ${checkpointId}`);
  }

  handleEvent(event: unknown): void {
    this.life.push(`event ${event}`);
    this.#context.sendEvent("answer");
  }

  close(): void {
    this.life.push("close");
  }
}

let reader: CountingReader;
let requests: unknown[];

const source: Source<number, Split> = {
  boundedness: "bounded",
  replayable: true,
  createEnumerator: () => {
    throw new Error("lives elsewhere");
  },
  createReader: (context) => {
    reader = new CountingReader(context);
    return reader;
  },
};

function open(watermarks: WatermarkStrategy<number>, options: HarnessOptions = {}) {
  const gateway = { requestSplit: () => requests.push("split"), sendEvent: (event: unknown) => requests.push(event) };
  const operator = new SourceOperator<number, Split>({ source, watermarks, autoWatermarkIntervalMs: 200, gateway });
  return { operator, harness: new OperatorHarness<number>(operator, options) };
}

beforeEach(() => {
  requests = [];
});

const split = (splitId: string, next: number, end: number): Split => ({ splitId, next, end });

describe("a source", () => {
  it("reads its splits, and ends event time after the last record", () => {
    const { operator, harness } = open(WatermarkStrategy.noWatermarks());
    expect(operator.poll(10)).toBe("nothing");

    operator.addSplits([split("a", 0, 2)]);
    operator.noMoreSplits();
    expect(operator.poll(2)).toBe("more");
    expect(harness.watermarks).toEqual([]);
    expect(operator.poll(10)).toBe("finished");

    expect(harness.records).toEqual([
      { value: 0, timestamp: 0 },
      { value: 1, timestamp: 10 },
    ]);
    expect(harness.watermarks).toEqual([MAX_TIMESTAMP]);
    expect(requests).toEqual(["split"]);
    expect(harness.clock.alarmCount).toBe(0);
  });

  it("has a watermark per split, and goes by the lowest", () => {
    const { operator, harness } = open(WatermarkStrategy.forMonotonousTimestamps());
    operator.addSplits([split("ahead", 5, 9), split("behind", 1, 2)]);

    operator.poll(1);
    harness.advance(200);
    expect(harness.watermarks).toEqual([]);
    operator.poll(1);
    harness.advance(200);
    expect(harness.watermarks).toEqual([9]);
    operator.poll(2);
    expect(harness.watermarks).toEqual([9, 49]);
    harness.advance(200);

    expect(harness.watermarks).toEqual([9, 49, 59]);
  });

  it("assigns timestamps, with the source's own as a hint", () => {
    const stamped = WatermarkStrategy.noWatermarks<number>().withTimestamps(
      (n, recordTimestamp) => recordTimestamp + n,
    );
    const { operator, harness } = open(stamped);
    operator.addSplits([split("a", 3, 4)]);

    operator.poll(1);

    expect(harness.records).toEqual([{ value: 3, timestamp: 33 }]);
  });

  it("is idle while its splits are silent", () => {
    const { operator, harness } = open(WatermarkStrategy.forMonotonousTimestamps<number>().withIdleness("1s"));
    operator.addSplits([split("a", 1, 3)]);

    harness.advance(1000);
    operator.poll(1);
    operator.setBlocked(true);
    harness.advance(10_000);
    operator.setBlocked(false);
    harness.advance(1200);

    expect(harness.idleChanges).toEqual([true, false, true]);
  });

  it("goes on after the last record before the snapshot", () => {
    const before = open(WatermarkStrategy.forMonotonousTimestamps());
    before.operator.addSplits([split("a", 0, 4)]);
    before.operator.poll(2);
    const snapshot = before.harness.snapshot();
    before.operator.poll(1);

    const after = open(WatermarkStrategy.forMonotonousTimestamps(), { restore: [snapshot] });
    after.operator.noMoreSplits();
    expect(after.operator.poll(10)).toBe("finished");

    expect(after.harness.values).toEqual([2, 3]);
    expect(reader.life).toEqual(["start with 1"]);
  });

  it("passes on what concerns its reader", () => {
    const { operator } = open(WatermarkStrategy.noWatermarks());

    operator.notifyCheckpointComplete(4);
    operator.handleEvent("ping");
    operator.close();

    expect(reader.life).toEqual(["start with 0", "checkpoint 4", "event ping", "close"]);
    expect(requests).toEqual(["split", "answer"]);
  });

  it("counts what was skipped, and shows what was malformed", () => {
    const { operator, harness } = open(WatermarkStrategy.noWatermarks());
    const malformed = { where: "a.json:3", raw: "{", error: "unexpected end" };
    reader.poll = (output) => {
      output.countSkipped();
      output.malformed(malformed);
      return "nothing";
    };

    operator.poll(1);

    expect(harness.counter("numRecordsSkipped")).toBe(1);
    expect(harness.side(MALFORMED_RECORDS)).toEqual([malformed]);
  });
});
