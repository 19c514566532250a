import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeMetadata, encodeMetadata } from "../../src/checkpoint/metadata-format.ts";
import { encodeValue } from "../../src/codec/value-codec.ts";
import { describeState, EntryWriter, type StateLayout } from "../../src/state/snapshot-format.ts";
import { ROOT, readPage } from "./pages.ts";

/** What the page's reader exports. */
interface PageReader {
  reader(bytes: Uint8Array): { value(): unknown; position(): number };
  readMetadata(bytes: Uint8Array): any;
  readSection(bytes: Uint8Array, states: readonly unknown[]): Iterable<unknown>;
}

describe("the reader that the page on formats shows", () => {
  let folder: string;
  let page: PageReader;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
    const block = readPage("docs/guide/formats.md").blocks.find(({ kind }) => kind === "js reader");
    const file = join(folder, "reader.mjs");
    writeFileSync(file, block!.code);
    page = await import(/* @vite-ignore */ pathToFileURL(file).href);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("reads any value", () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (written) => {
        const bytes = encodeValue(written);
        const reader = page.reader(bytes);

        expect(reader.value()).toEqual(written);
        expect(reader.position()).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  it("reads the metadata that version 1 wrote", () => {
    const bytes = new Uint8Array(readFileSync(join(ROOT, "src/checkpoint/fixtures/metadata-v1")));
    const expected = decodeMetadata(bytes, "metadata-v1");

    const found = page.readMetadata(bytes);

    expect(found.jobName).toBe(expected.jobName);
    expect(found.checkpointId).toBe(expected.checkpointId);
    expect(found.operators.map(({ operatorId }: { operatorId: string }) => operatorId)).toEqual(
      expected.operators.map(({ operatorId }) => operatorId),
    );
    for (const [index, operator] of expected.operators.entries()) {
      for (const subtask of found.operators[index].subtasks) {
        const keyed = operator.subtasks.get(subtask.index)?.keyed;
        expect(subtask.keyed?.states).toEqual(keyed?.states);
        expect(subtask.keyed?.data).toEqual(keyed?.data);
        expect(subtask.keyed?.sections).toEqual(
          keyed?.sections.flatMap(({ keyGroup, offset, length, crc32 }) => [keyGroup, offset, length, crc32]),
        );
      }
    }
    expect(() => page.readMetadata(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)))).toThrow();
    // What is written today is the same again, in the same version.
    const again = encodeMetadata(expected);
    const versionEnd = bytes.indexOf(10) + 1 + 8;
    expect(again.subarray(0, versionEnd)).toEqual(bytes.subarray(0, versionEnd));
    expect(decodeMetadata(again, "again")).toEqual(expected);
  });

  it("reads entries of every kind of state, in several runs", () => {
    const layout = (index: number, name: string, kind: StateLayout["kind"], more = {}): StateLayout => ({
      index,
      name,
      kind,
      windowed: false,
      ttl: false,
      declared: undefined,
      ...more,
    });
    const count = layout(0, "count", "value");
    const seen = layout(1, "seen", "list", { ttl: true });
    const perPage = layout(2, "perPage", "map");
    const contents = layout(3, "contents", "aggregating", { windowed: true });
    const slices = layout(4, "slices", "slices");
    const timers = layout(5, "timers", "timers");
    const writer = new EntryWriter();
    const window = { start: 0, end: 60_000 };
    writer.value(count, "ann", undefined, 0, { clicks: 3 });
    writer.list(seen, "ann", undefined, ["/", "/docs"], [1000, 2000]);
    const first = writer.take();
    writer.value(count, "bob", undefined, 0, { clicks: 1 });
    writer.beginMap(perPage, "bob", undefined);
    writer.mapRow(perPage, "/", 0, 7);
    writer.endMap();
    writer.value(contents, ["bob", 1], window, 0, 42);
    writer.slice(slices, "bob", 5000, 9);
    writer.timer(timers, "bob", 12_345, undefined);
    writer.timer(timers, "bob", 59_999, window);
    const second = writer.take();
    const states = [count, seen, perPage, contents, slices, timers].map((state) => describeState(state, [writer]));

    expect([...page.readSection(Buffer.concat([first, second]), states)]).toEqual([
      { state: "count", key: "ann", value: { clicks: 3 } },
      { state: "seen", key: "ann", elements: ["/", "/docs"] },
      { state: "count", key: "bob", value: { clicks: 1 } },
      { state: "perPage", key: "bob", rows: [["/", 7]] },
      { state: "contents", key: ["bob", 1], window, value: 42 },
      { state: "slices", key: "bob", slice: 5000, accumulator: 9 },
      { state: "timers", key: "bob", timestamp: 12_345 },
      { state: "timers", key: "bob", timestamp: 59_999, window },
    ]);
  });
});
