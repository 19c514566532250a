import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { diffSnapshots } from "../snapshots/diff-snapshots.ts";
import { SnapshotBuilder } from "../snapshots/snapshot-builder.ts";
import { openSnapshot, type SnapshotReader } from "../snapshots/snapshot-reader.ts";
import { listState, valueState } from "../state/descriptors.ts";
import { changeJson, changeText } from "./state-changes.ts";
import { stateDump } from "./state-dump.ts";
import { stateListJson, stateListText } from "./state-list.ts";
import { placeText, selectedEntries, selectedEntriesText } from "./state-selection.ts";

const STATE = { seen: valueState<number>(), pages: listState<string>() };

describe("the state in a checkpoint", () => {
  let folder: string;
  let snapshot: SnapshotReader;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    snapshot = await write("first", 3);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function write(name: string, seen: number): Promise<SnapshotReader> {
    const path = join(folder, name);
    const entries = [
      ["alice", { seen, pages: ["/", "/cart"] }],
      ["bob", { seen: 1 }],
    ] as const;
    const positions = { mode: "split", items: [10n] } as const;
    await new SnapshotBuilder({ jobName: "clicks", clock: new ManualClock(0) })
      .add({ uid: "counts", name: "count per user", state: STATE, entries })
      .add({ uid: "source", operatorState: { positions } })
      .write(path);
    return openSnapshot(path);
  }

  async function lines(of: AsyncIterable<string>): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const line of of) all.push(JSON.parse(line));
    return all;
  }

  it("is listed with sizes, types and the largest keys", async () => {
    const text = await stateListText(snapshot, { largest: 1 });

    expect(text.replace(/[\d.]+ (k?B)/g, "N $1").replace(/ +/g, " ")).toBe(
      [
        'savepoint 1 of "clicks", 1970-01-01 00:00:00Z, N B',
        "",
        "OPERATOR STATE KIND KEYS ENTRIES SIZE TYPE",
        "count per user (counts) seen value 2 2 N B string → number",
        " pages list 1 1 N B string → string",
        "source positions split items 1 N B bigint",
        "",
        "largest keys of counts seen:",
        ' "alice" N B',
        "largest keys of counts pages:",
        ' "alice" N B',
      ].join("\n"),
    );
  });

  it("is listed for scripts", async () => {
    expect(await stateListJson(snapshot, { operator: "counts", largest: 0 })).toMatchObject({
      job: "clicks",
      id: 1,
      kind: "savepoint",
      at: "1970-01-01T00:00:00.000Z",
      operators: [
        {
          uid: "counts",
          maxParallelism: 128,
          states: [
            { name: "seen", kind: "value", keys: 2, keySchema: { type: "string" }, largestKeys: [] },
            { name: "pages", kind: "list", entries: 1 },
          ],
          operatorStates: [],
        },
      ],
    });
  });

  it("is shown for a key", async () => {
    const all = await selectedEntries(snapshot, { key: "alice" });
    const one = await selectedEntries(snapshot, { key: "bob", state: "seen" });

    expect(all).toEqual([
      { operator: "counts", state: "seen", key: "alice", value: 3 },
      { operator: "counts", state: "pages", key: "alice", value: ["/", "/cart"] },
    ]);
    expect(selectedEntriesText(all, { key: "alice" }).split("\n")).toHaveLength(3);
    expect(selectedEntriesText(one, { key: "bob" })).toBe("counts seen\n1");
    expect(selectedEntriesText([], { key: "carol" })).toBe("nothing for key carol");
    await expect(selectedEntries(snapshot, { key: "a", state: "sean" })).rejects.toThrow(/"sean".*\n.*"seen", "pages"/);
  });

  it("is dumped, a line for each entry and item", async () => {
    const all = await lines(stateDump(snapshot, {}));

    expect(all).toHaveLength(4);
    expect(all).toContainEqual({ operator: "counts", state: "seen", key: "bob", value: 1 });
    expect(all).toContainEqual({ operator: "source", state: "positions", subtask: 0, value: "10" });
    expect(await lines(stateDump(snapshot, { state: "positions" }))).toHaveLength(1);
    expect(await lines(stateDump(snapshot, { state: "seen", key: "bob" }))).toHaveLength(1);
    await expect(lines(stateDump(snapshot, { state: "sean" }))).rejects.toThrow(/no keyed state "sean"/);
  });

  it("is compared, a line for each change", async () => {
    const texts: string[] = [];
    const jsons: unknown[] = [];
    for await (const change of diffSnapshots(snapshot, await write("second", 4))) {
      texts.push(changeText(change));
      jsons.push(JSON.parse(changeJson(change)));
    }

    expect(texts).toEqual(['~ counts seen "alice": 3 → 4']);
    expect(jsons).toEqual([
      { change: "changed", what: "entry", operator: "counts", state: "seen", key: "alice", before: 3, after: 4 },
    ]);
  });
});

describe("a change as a line", () => {
  it("says what was added or removed, and of which window", () => {
    const entry = { what: "entry", operator: "sum", state: "window-contents", key: 1 } as const;

    expect(changeText({ ...entry, change: "added", window: { start: 0, end: 1000 }, after: { n: 1 } })).toBe(
      '+ sum window-contents 1 [1970-01-01T00:00:00.000Z, 1970-01-01T00:00:01.000Z): {"n":1}',
    );
    expect(changeText({ ...entry, change: "removed", slice: 1000, before: 2 })).toBe(
      "- sum window-contents 1 slice to 1970-01-01T00:00:01.000Z: 2",
    );
    expect(changeText({ change: "removed", what: "operator", operator: "sum", state: undefined })).toBe(
      "- sum (operator)",
    );
    expect(
      changeText({
        change: "changed",
        what: "type",
        operator: "sum",
        state: "n",
        before: "value of number",
        after: "value of string",
      }),
    ).toBe("~ sum n (type): value of number → value of string");
  });
});

it("shows a window that never ends by its numbers", () => {
  expect(placeText({ window: { start: Number.MIN_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER } })).toBe(
    "[-9007199254740991, 9007199254740991)",
  );
});
