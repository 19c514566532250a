import { expect, it } from "vitest";
import { asOperatorId } from "../../core/ids.ts";
import { contentsOf } from "../channel/overtaking.contract.ts";
import { type RecoveredChannel, RecoveredInput, type RecoveredItem } from "./recovered-input.ts";
import { WatermarkValve } from "./watermark-valve.ts";

const OPERATOR = asOperatorId("a".repeat(32));

function setUp() {
  const seen: string[] = [];
  const valve = new WatermarkValve(
    2,
    {
      watermark: (timestampMs) => void seen.push(`w${timestampMs}`),
      idle: (idle) => void seen.push(idle ? "idle" : "active"),
    },
    () => 0,
  );
  const input = new RecoveredInput(valve);
  const channel = (channelIndex: number | undefined, items: readonly RecoveredItem[]): RecoveredChannel => ({
    origin: {
      target: OPERATOR,
      source: OPERATOR,
      tag: undefined,
      input: 0,
      sourceSubtask: 0,
      sourceParallelism: 2,
      partitioning: "hash",
    },
    channelIndex,
    receive: (value) => void seen.push(`r${value}`),
    items,
  });
  return { seen, input, channel };
}

const record = (value: number): RecoveredItem => ({ value, timestampMs: value });
const watermark = (timestampMs: number): RecoveredItem => ({ event: { kind: "watermark", timestampMs } });
const idle: RecoveredItem = { event: { kind: "idle", idle: true } };

it("delivers records and watermarks in their order, those of all channels combined", () => {
  const { seen, input, channel } = setUp();
  input.add([
    channel(0, [record(1), watermark(10), record(2)]),
    channel(1, [watermark(5), record(3), watermark(20), record(4)]),
  ]);
  while (!input.isEmpty) input.poll(100);
  expect(seen).toEqual(["r1", "r2", "w5", "r3", "w10", "r4"]);
});

it("leaves a channel active at its end, as its sender begins", () => {
  const { seen, input, channel } = setUp();
  input.add([channel(0, [watermark(10), idle]), channel(1, [idle])]);
  while (!input.isEmpty) input.poll(100);
  expect(seen).toEqual(["w10"]);
});

it("passes watermarks over where its channel does not go on", () => {
  const { seen, input, channel } = setUp();
  input.add([channel(undefined, [record(1), watermark(10), record(2)])]);
  while (!input.isEmpty) input.poll(100);
  expect(seen).toEqual(["r1", "r2"]);
});

it("takes no more records at a time than it may, and gives the rest to a checkpoint in between", () => {
  const { seen, input, channel } = setUp();
  input.add([channel(0, [record(1), record(2), watermark(7), record(3)]), channel(1, [record(4)])]);
  input.poll(2);
  expect(seen).toEqual(["r1", "r2"]);
  expect(input.rest().map(({ messages }) => contentsOf(messages))).toEqual([["w7", "r3"], ["r4"]]);
  while (!input.isEmpty) input.poll(2);
  expect(seen).toEqual(["r1", "r2", "r3", "r4"]);
});
