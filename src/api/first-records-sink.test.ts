import { expect, it } from "vitest";
import type { SinkWriterContext } from "../connectors/sink.ts";
import { FirstRecordsSink } from "./first-records-sink.ts";

it("hands on each record as it comes, through the context where that leads to another thread", () => {
  const received: number[] = [];
  const delivered: unknown[] = [];
  const sink = new FirstRecordsSink<number>((value) => received.push(value));

  sink.createWriter({} as SinkWriterContext).write(1, 0);
  const elsewhere = { deliver: (message: unknown) => delivered.push(message) } as unknown as SinkWriterContext;
  sink.createWriter(elsewhere).write(2, 0);

  expect([received, delivered]).toEqual([[1], [2]]);
});
