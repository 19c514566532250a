import { describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { FixedSplitsEnumerator, type FixedSplitsState } from "./fixed-splits-enumerator.ts";

function enumeratorOf(
  parallelism: number,
  restored?: FixedSplitsState<string>,
): { enumerator: FixedSplitsEnumerator<string>; told: string[] } {
  const told: string[] = [];
  const enumerator = new FixedSplitsEnumerator<string>(
    {
      parallelism,
      sourceName: "source",
      clock: new ManualClock(),
      readers: () => [],
      assign: (subtaskIndex, splits) => told.push(`${subtaskIndex}: ${splits.join(" ")}`),
      noMoreSplits: (subtaskIndex) => told.push(`${subtaskIndex}: no more`),
      sendEvent: () => {},
      runOutside: () => {},
    },
    () => ["a", "b", "c", "d", "e"],
    restored,
  );
  return { enumerator, told };
}

describe("FixedSplitsEnumerator", () => {
  it("gives each reader the splits at its places, in whatever order the readers come up", () => {
    const { enumerator, told } = enumeratorOf(2);

    enumerator.addReader(1);
    enumerator.addReader(0);

    expect(told).toEqual(["1: b d", "1: no more", "0: a c e", "0: no more"]);
  });

  it("remembers over a restore only what was not handed out, and for whom", () => {
    const { enumerator } = enumeratorOf(2);
    enumerator.addReader(0);

    const { enumerator: restored, told } = enumeratorOf(2, structuredClone(enumerator.snapshot(1)));
    restored.addReader(0);
    restored.addReader(1);

    expect(told).toEqual(["0: no more", "1: b d", "1: no more"]);
  });

  it("gives a lost reader its splits back when it comes up again", () => {
    const { enumerator, told } = enumeratorOf(2);
    enumerator.addReader(0);
    enumerator.addReader(1);
    told.length = 0;

    enumerator.addSplitsBack(["b at 7"], 1);
    enumerator.addReader(1);

    expect(told).toEqual(["1: b at 7", "1: no more"]);
  });
});
