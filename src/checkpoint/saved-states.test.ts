import { describe, expect, it } from "vitest";
import type { StateFootprint } from "../state/keyed-state-backend.ts";
import { inlineSample } from "./sample-metadata.ts";
import { addUpStates, savedStates } from "./saved-states.ts";
import { COUNT_OPERATOR } from "./scripted-job.ts";
import type { NativeKeyedSnapshot } from "./snapshot.ts";

const OPERATOR = { operatorId: COUNT_OPERATOR, operatorName: "count" };
const SEEN: StateFootprint = { name: "seen", kind: "value", windowed: false, ttl: false, entries: 3, bytes: 30 };
const RECENT: StateFootprint = { ...SEEN, name: "recent", ttl: true, entries: 2, bytes: 10 };

describe("what a subtask has saved", () => {
  it("is its keyed states, and the items of its own", () => {
    const items = [new Uint8Array(4), new Uint8Array(5)];
    const offsets = { name: "offsets", mode: "split", schema: { type: "any" }, items } as const;

    expect(savedStates(OPERATOR, { operatorState: [offsets] }, [SEEN])).toEqual([
      { ...OPERATOR, ...SEEN },
      { ...OPERATOR, name: "offsets", kind: "split", windowed: false, ttl: false, entries: 2, bytes: 9 },
    ]);
  });

  it("divides the files of a back end by what its states hold", () => {
    const files = [{ name: "1.sst", data: inlineSample(Array(400).fill(0)) }];
    const native = { files } as unknown as NativeKeyedSnapshot;

    const saved = savedStates(OPERATOR, { native }, [SEEN, RECENT]);

    expect(saved.map(({ name, entries, bytes }) => [name, entries, bytes])).toEqual([
      ["seen", 3, 300],
      ["recent", 2, 100],
    ]);
  });

  it("adds up over subtasks", () => {
    const one = savedStates(OPERATOR, {}, [SEEN, RECENT]);

    expect(addUpStates([...one, ...one])).toEqual([
      { ...OPERATOR, ...SEEN, entries: 6, bytes: 60 },
      { ...OPERATOR, ...RECENT, entries: 4, bytes: 20 },
    ]);
  });
});
