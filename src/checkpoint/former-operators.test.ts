import { describe, expect, it } from "vitest";
import { asOperatorId } from "../core/ids.ts";
import { type RenamedOperator, underTodaysNames } from "./former-operators.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import type { CompletedCheckpoint } from "./snapshot.ts";

function checkpoint(...operators: readonly (readonly [id: string, uid: string | undefined, name: string])[]) {
  const [sample] = sampleMetadata(1).operators;
  const metadata = {
    ...sampleMetadata(1),
    operators: operators.map(([id, uid, name]) => ({ ...sample!, operatorId: asOperatorId(id), uid, name })),
  };
  return { metadata, location: "file:///chk-1", stateBytes: 0 };
}

function operator(id: string, ...formerly: readonly string[]): RenamedOperator {
  return { operatorId: asOperatorId(id), uid: `uid ${id}`, name: `name ${id}`, formerly };
}

function identities({ metadata }: CompletedCheckpoint): unknown {
  return metadata.operators.map(({ operatorId, uid, name }) => [operatorId, uid, name]);
}

describe("a checkpoint under today's names", () => {
  it("is the same one where nothing was renamed", () => {
    const saved = checkpoint(["a", "counts", "Count"]);

    expect(underTodaysNames(saved, [operator("a", "older"), operator("b")])).toBe(saved);
  });

  it("has the state of a former uid, id or name under the operator of today", () => {
    const saved = checkpoint(["a", "counts", "Count"], ["b", undefined, "Filter"], ["c", undefined, "Map"]);

    const today = underTodaysNames(saved, [
      operator("x", "count", "counts"),
      operator("y", "Filter"),
      operator("z", "c"),
    ]);

    expect(identities(today)).toEqual([
      ["x", "uid x", "name x"],
      ["y", "uid y", "name y"],
      ["z", "uid z", "name z"],
    ]);
  });

  it("leaves a snapshot to the operator that has it by its own id", () => {
    const saved = checkpoint(["a", "counts", "Count"]);

    expect(identities(underTodaysNames(saved, [operator("a"), operator("b", "counts")]))).toEqual([
      ["a", "counts", "Count"],
    ]);
  });

  it("looks at former names only while there is no state under the name of today", () => {
    const saved = checkpoint(["a", "old", "Count"], ["b", "new", "Count"]);

    expect(identities(underTodaysNames(saved, [operator("b", "old")]))).toEqual([
      ["a", "old", "Count"],
      ["b", "new", "Count"],
    ]);
  });

  it("is refused where two claim one snapshot, or a name stands for two", () => {
    expect(() => underTodaysNames(checkpoint(["a", "old", "x"]), [operator("b", "old"), operator("c", "old")])).toThrow(
      /DUPLICATE_UID.*"name b" and "name c" were both formerly "old"/,
    );
    const twins = checkpoint(["a", undefined, "Map"], ["b", undefined, "Map"]);
    expect(() => underTodaysNames(twins, [operator("c", "Map")])).toThrow(/2 operators.*\n.*a, b/);
  });

  it("does not take a name for that of an operator with a uid", () => {
    const saved = checkpoint(["a", "counts", "Count"]);

    expect(underTodaysNames(saved, [operator("b", "Count")])).toBe(saved);
  });
});
