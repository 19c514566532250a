import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { OneInputHarness } from "./operator-harness.ts";
import { TimestampsAndWatermarksOperator } from "./timestamps-and-watermarks-operator.ts";
import { WatermarkStrategy } from "./watermark-strategy.ts";

interface Event {
  readonly at: number;
}

const strategy = WatermarkStrategy.forBoundedOutOfOrderness<Event>(5).withTimestamps((event) => event.at);

describe("event time assigned in the middle of a stream", () => {
  it("takes the place of the timestamps and watermarks from upstream", () => {
    const harness = new OneInputHarness<Event, Event>(new TimestampsAndWatermarksOperator(strategy, 200));

    harness.push({ at: 100 }, 1);
    harness.watermark(1);
    harness.push({ at: 90 }, 2);
    harness.advance(200);

    expect(harness.records.map(({ timestamp }) => timestamp)).toEqual([100, 90]);
    expect(harness.watermarks).toEqual([94]);
  });

  it("ends with the input", () => {
    const harness = new OneInputHarness<Event, Event>(new TimestampsAndWatermarksOperator(strategy, 200));

    harness.watermark(MAX_TIMESTAMP);

    expect(harness.watermarks).toEqual([MAX_TIMESTAMP]);
  });

  it("is idle when nothing comes, and active again before the next record", () => {
    const operator = new TimestampsAndWatermarksOperator(strategy.withIdleness("1s"), 200);
    const harness = new OneInputHarness<Event, Event>(operator);
    operator.processIdle();
    expect(harness.idleChanges).toEqual([]);

    harness.advance(1200);
    expect(harness.idleChanges).toEqual([true]);
    harness.push({ at: 100 });

    expect(harness.idleChanges).toEqual([true, false]);
  });

  it("asks for a number", () => {
    const wrong = WatermarkStrategy.noWatermarks<Event>().withTimestamps(() => new Date(5) as unknown as number);
    const harness = new OneInputHarness<Event, Event>(new TimestampsAndWatermarksOperator(wrong, 200), {
      name: "clock",
    });

    expect(() => harness.push({ at: 1 })).toThrow(
      'NO_TIMESTAMP: the timestamp assigner of "clock" returned the Date 1970-01-01T00:00:00.005Z',
    );
  });

  it("stops asking its generator when it is closed", () => {
    const operator = new TimestampsAndWatermarksOperator(strategy, 200);
    const harness = new OneInputHarness<Event, Event>(operator);

    operator.close();

    expect(harness.clock.alarmCount).toBe(0);
  });
});
