import { describe, expect, it } from "vitest";
import type { VertexId } from "../../core/ids.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import { sampleOperator, sampleReading } from "../metrics/sample-readings.ts";
import type { ChannelReading, OperatorMetrics } from "../metrics/task-reading.ts";
import { explainEventTime } from "./event-time.ts";
import { sampleDetails, sampleFacts, sampleVertex } from "./sample-facts.ts";

const MINUTE = 60_000;

describe("why a window has not fired", () => {
  it("is nothing to speak of while its time has not come, and it waits for none", () => {
    expect(explain({ operator: { nextEventTimeMs: undefined }, splits: [] })).toEqual([]);
    expect(explain({ operator: { nextEventTimeMs: 5, inputWatermarkMs: 5 }, splits: [] })).toEqual([]);
  });

  it("follows the slowest channel to the split that holds it, past those that are idle or have ended", () => {
    const [finding] = explain({
      operator: { nextEventTimeMs: 10 * MINUTE, inputWatermarkMs: MINUTE },
      channels: [
        { subtaskIndex: 0, watermarkMs: 0, idle: true },
        { subtaskIndex: 1, watermarkMs: MINUTE },
        { subtaskIndex: 2, watermarkMs: 0, ended: true },
      ],
      splits: [
        { splitId: "p3", watermarkMs: 9 * MINUTE, idle: false, silentForMs: 0 },
        { splitId: "p7", watermarkMs: MINUTE, idle: false, silentForMs: 30_000 },
      ],
    });

    expect(finding).toMatchObject({ severity: "warning", operator: "count" });
    expect(finding?.sentence).toBe(
      '"count" has not fired what is due at 1970-01-01 00:10:00Z, because its event time is 1970-01-01 00:01:00Z: split "p7" of "source" (2/3) has been silent since 1970-01-01 00:00:30Z (30 s), and holds it there.',
    );
  });

  it("is no trouble while the slowest split moves on", () => {
    const [finding] = explain({
      operator: { nextEventTimeMs: 10 * MINUTE, inputWatermarkMs: MINUTE },
      splits: [{ splitId: "p7", watermarkMs: MINUTE, idle: false, silentForMs: 200 }],
    });

    expect(finding?.severity).toBe("info");
    expect(finding?.sentence).toContain('it moves on with split "p7" of "source" (2/3), which is the furthest behind.');
  });

  it("is that a subtask of the source has nothing to read", () => {
    const [finding] = explain({ operator: { nextEventTimeMs: 1, inputWatermarkMs: MIN_TIMESTAMP }, splits: [] });

    expect(finding?.sentence).toBe(
      '"count" has not fired what is due at 1970-01-01 00:00:00Z, because it has no event time yet, and "source" (2/3) has been given nothing to read yet, so that it holds it there.',
    );
    expect(finding?.advice).toContain("no more subtasks than it has splits");
  });
});

interface Scene {
  readonly operator: Partial<OperatorMetrics>;
  readonly splits: OperatorMetrics["splits"];
  readonly channels?: readonly (Partial<ChannelReading> & {
    readonly subtaskIndex: number;
    readonly watermarkMs: number;
  })[];
}

/** A source of three subtasks, the second of which has `splits`, and an operator behind it. */
function explain({ operator, splits, channels = [{ subtaskIndex: 1, watermarkMs: 0 }] }: Scene) {
  const vertexId = "source" as VertexId;
  const source = sampleReading({
    task: { vertexId, subtaskIndex: 1 },
    operators: [sampleOperator({ operatorName: "source", inputWatermarkMs: undefined, splits })],
  });
  const count = sampleReading({
    task: { vertexId: "count" as VertexId, subtaskIndex: 0 },
    operators: [sampleOperator(operator)],
    inputs: channels.map(({ subtaskIndex, watermarkMs, idle = false, ended = false }) => ({
      source: { vertexId, subtaskIndex },
      watermarkMs,
      changedMs: 0,
      idle,
      ended,
      queued: { count: 0, unit: "records" },
    })),
  });
  const details = sampleDetails([sampleVertex("source", 3), sampleVertex("count", 1, "source")]);
  return explainEventTime(sampleFacts({ details, readings: [source, count] }));
}
