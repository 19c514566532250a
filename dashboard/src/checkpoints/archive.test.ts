import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../rest/flink.ts";
import { answerable, remembered } from "./archive.ts";

const checkpoint = (id: number, className = "completed") => ({ id, className }) as Checkpoint;

it("remembers what the job manager has forgotten, and takes its newest word for the rest", () => {
  const before = [checkpoint(1), checkpoint(2, "in_progress")];

  expect(remembered(before, [checkpoint(3), checkpoint(2)])).toEqual([checkpoint(1), checkpoint(2), checkpoint(3)]);
});

it("remembers no more than a picture can show", () => {
  const many = Array.from({ length: 500 }, (_, index) => checkpoint(index + 1));

  expect(remembered([], many)).toHaveLength(120);
  expect(remembered([], many).at(-1)?.id).toBe(500);
});

describe("what the job manager can still be asked for", () => {
  const history = (count: number, everyMs: number): readonly Checkpoint[] =>
    Array.from({ length: count }, (_, index) => ({ id: index + 1, trigger_timestamp: index * everyMs }) as Checkpoint);

  it("is all of a history that has not begun to forget", () => {
    expect(answerable(history(9, 10)).size).toBe(9);
  });

  it("is what will not be pushed out before the answer", () => {
    expect([...answerable(history(10, 1000))].sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect([...answerable(history(10, 60_000))]).not.toContain(1);
  });

  it("is at least the newest", () => {
    expect([...answerable(history(10, 10))]).toEqual([10]);
  });
});
