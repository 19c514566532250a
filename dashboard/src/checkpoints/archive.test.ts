import { expect, it } from "vitest";
import type { Checkpoint } from "../rest/flink.ts";
import { remembered } from "./archive.ts";

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
