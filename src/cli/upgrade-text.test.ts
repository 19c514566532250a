import { expect, it } from "vitest";
import type { OperatorUpgrade, StateUpgrade, UpgradeReport } from "../snapshots/upgrade-report.ts";
import { upgradeText } from "./upgrade-text.ts";

const QUIET = { blocks: false, differences: [], advice: undefined, code: undefined } as const;

const state = (name: string, rest: Partial<StateUpgrade> = {}): StateUpgrade => {
  return { ...QUIET, name, kind: "value", verdict: "mapped", ...rest };
};

const operator = (name: string, rest: Partial<OperatorUpgrade> = {}): OperatorUpgrade => {
  const saved = { name, uid: undefined };
  return { ...QUIET, name, uid: undefined, declaredAt: "job.ts:1:1", saved, verdict: "mapped", keys: undefined, states: [], ...rest }; // biome-ignore format: one line
};

const report = (...operators: readonly OperatorUpgrade[]): UpgradeReport => ({
  ok: operators.every(({ blocks, states }) => !blocks && states.every((one) => !one.blocks)),
  jobName: "clicks",
  snapshot: { location: "file:///chk-4", jobName: "clicks", checkpointId: 4 },
  operators,
});

it("says for each operator and state what becomes of it, what differs and what to write", () => {
  const counts = operator("count", {
    uid: "page-counts",
    verdict: "renamed",
    keys: "string",
    saved: { name: "count", uid: "counts" },
    states: [
      state("seen"),
      state("last", { verdict: "incompatible", blocks: true, differences: ['field "n": was string, is number'], advice: "Migrate it.", code: "migrate: ..." }), // biome-ignore format: one line
    ],
  });
  const gone = operator("sum", {
    verdict: "dropped",
    blocks: true,
    declaredAt: undefined,
    states: [state("x", { verdict: "dropped" })],
  });

  expect(upgradeText(report(operator("clicks"), counts, gone), "/")).toBe(
    [
      '"clicks" from file:///chk-4:',
      "",
      "  clicks               mapped",
      "  count (page-counts)  renamed (was count (counts)), keys: string",
      "    seen (value)       mapped",
      "    last (value)       ✗ incompatible",
      '      field "n": was string, is number',
      "      → Migrate it.",
      "          migrate: ...",
      "  sum                  ✗ dropped",
      "",
      "The program cannot go on from it as it is: 2 things are in the way (✗).",
    ].join("\n"),
  );
});

it("ends well where nothing is in the way, and names the other job where the snapshot is of one", () => {
  const other = { ...report(operator("clicks")), jobName: "clicks v2" };

  expect(upgradeText(other, "/")).toBe(
    ['"clicks v2" from file:///chk-4 (of job "clicks"):', "", "  clicks  mapped", "", "The program can go on from it."].join("\n"), // biome-ignore format: one line
  );
});
