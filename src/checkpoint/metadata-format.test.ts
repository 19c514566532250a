import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crc32 } from "../codec/crc32.ts";
import { ANY } from "../codec/schema.ts";
import { encodeValue } from "../codec/value-codec.ts";
import { MillraceError } from "../core/errors.ts";
import { decodeMetadata, encodeMetadata } from "./metadata-format.ts";
import { fullMetadata, inFlightMetadata, nativeMetadata, sampleMetadata } from "./sample-metadata.ts";

const FULL = fullMetadata();

function codeOf(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
  return "none";
}

describe("format of _metadata", () => {
  it("gives back what was written", () => {
    expect(decodeMetadata(encodeMetadata(FULL), "_metadata")).toEqual(FULL);
  });

  it("keeps what the program said of the types of its states", () => {
    const declaredType = { schema: { type: "number" }, initial: { type: "null" }, version: 3 } as const;
    const state = { name: "n", kind: "value", windowed: false, ttl: false, keySchema: ANY, valueSchema: ANY, declaredType } as const; // biome-ignore format: one line
    const { operators } = FULL;
    const data = { kind: "inline", bytes: new Uint8Array(), crc32: 0 } as const;
    const keyed = { keyGroups: { start: 0, end: 0 }, states: [state], sections: [], data };
    const metadata = { ...FULL, operators: [{ ...operators[0]!, subtasks: new Map([[0, { keyed }]]) }] };

    expect(decodeMetadata(encodeMetadata(metadata), "_metadata")).toEqual(metadata);
  });

  it("says on its first line what it is", () => {
    const [line] = new TextDecoder().decode(encodeMetadata(sampleMetadata(42))).split("\n");
    expect(line).toBe('millrace checkpoint 42 of "clicks"');
    const [other] = new TextDecoder().decode(encodeMetadata(FULL)).split("\n");
    expect(other).toBe('millrace savepoint 42 of "line\\nbreak, \\"quotes\\" and π"');
  });

  it("carries a job name of any length, although its first line is short", () => {
    const long = sampleMetadata(1, undefined, { jobName: "x".repeat(20_000) });
    expect(decodeMetadata(encodeMetadata(long), "_metadata").jobName).toHaveLength(20_000);
  });

  it("notices any byte that is changed", () => {
    const bytes = encodeMetadata(sampleMetadata(42));
    for (let at = 0; at < bytes.byteLength; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        expect(codeOf(() => decodeMetadata(damaged, "_metadata"))).toBe("CHECKPOINT_CORRUPT");
      }
    }
  });

  it("notices any cut, and anything that follows", () => {
    const bytes = encodeMetadata(sampleMetadata(42));
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(codeOf(() => decodeMetadata(bytes.subarray(0, length), "_metadata"))).toBe("CHECKPOINT_CORRUPT");
    }
    expect(codeOf(() => decodeMetadata(Uint8Array.of(...bytes, 0), "_metadata"))).toBe("CHECKPOINT_CORRUPT");
  });

  it("says which file, and what is wrong with it", () => {
    expect(() => decodeMetadata(Uint8Array.of(1, 10, 2), "/state/clicks/chk-42/_metadata")).toThrow(
      /\/state\/clicks\/chk-42\/_metadata is damaged: it ends at byte 3, within its header/,
    );
  });

  it("does not read a format that a newer version has written, and says so", () => {
    const newer = frame({}, 5);
    expect(() => decodeMetadata(newer, "_metadata")).toThrow(
      /CHECKPOINT_FORMAT_UNKNOWN.*format 5.*reads formats 1 to 4/,
    );
  });

  it.each<[string, (body: Body) => unknown]>([
    ["operators is not a list", (body) => ({ ...body, operators: 7 })],
    ["checkpointId is 0, outside 1", (body) => ({ ...body, checkpointId: 0 })],
    ["kind is none of checkpoint, savepoint", (body) => ({ ...body, kind: "other" })],
    ["jobName is not a text", (body) => ({ ...body, jobName: null })],
    ["operators names an operator twice", (body) => ({ ...body, operators: [body.operators[0], body.operators[0]] })],
    ["operators[0].maxParallelism is 40000", (body) => withOperator(body, { maxParallelism: 40_000 })],
    ["operators[0].parallelism is 129, outside 1 to 128", (body) => withOperator(body, { parallelism: 129 })],
    ["operators[0].finishedSubtasks[0] is 2, outside 0 to 1", (body) => withOperator(body, { finishedSubtasks: [2] })],
    ["operators[0].subtasks has 3 items", (body) => withOperator(body, { subtasks: [{}, {}, {}] })],
    ["operators[0].coordinator is not bytes", (body) => withOperator(body, { coordinator: "x" })],
    ["keyed.end is 128, outside 0 to 127", (body) => withKeyed(body, { end: 128 })],
    ["keyed.sections is cut off", (body) => withKeyed(body, { sections: [1, 2, 3] })],
    ["keyed.sections[4] is 5, outside 6 to 63", (body) => withKeyed(body, { sections: [5, 0, 1, 0, 5, 1, 1, 0] })],
    ["keyed.sections[1] is 4, outside 0 to 3", (body) => withKeyed(body, { sections: [5, 4, 0, 0] })],
    ["keyed.sections[2] is 3, outside 0 to 2", (body) => withKeyed(body, { sections: [5, 1, 3, 0] })],
    ["keyed.states[0].kind is none of", (body) => withKeyed(body, { states: [{ name: "x", kind: "no" }] })],
    ...["../../etc/passwd", "/etc/passwd", "..", "a/b", "../shared/..", ""].map(
      (file): [string, (body: Body) => unknown] => [
        "keyed.data.file is not the name of a file of a checkpoint",
        (body) => withKeyed(body, { data: { kind: "file", file, length: 3, crc32: 0 } }),
      ],
    ),
  ])("does not take a body whose %s, although its checksum is right", (what, change) => {
    const decode = (): unknown => decodeMetadata(frame(change(bodyOfSample())), "_metadata");
    expect(codeOf(decode)).toBe("CHECKPOINT_CORRUPT");
    expect(decode).toThrow(what);
  });

  it("takes files beside it and in the job's shared folder", () => {
    for (const file of ["count-0", "../shared/17"]) {
      const body = withKeyed(bodyOfSample(), { data: { kind: "file", file, length: 3, crc32: 0 } });
      expect(codeOf(() => decodeMetadata(frame(body), "_metadata"))).toBe("none");
    }
  });

  it("reads what version 1 has written", () => {
    const bytes = readFileSync(new URL("./fixtures/metadata-v1", import.meta.url));
    expect(decodeMetadata(bytes, "fixtures/metadata-v1")).toEqual(FULL);
  });

  it("reads what version 2 has written", () => {
    const bytes = readFileSync(new URL("./fixtures/metadata-v2", import.meta.url));
    expect(decodeMetadata(bytes, "fixtures/metadata-v2")).toEqual(nativeMetadata());
    expect(decodeMetadata(encodeMetadata(nativeMetadata()), "_metadata")).toEqual(nativeMetadata());
  });

  it("reads what version 3 has written", () => {
    const bytes = readFileSync(new URL("./fixtures/metadata-v3", import.meta.url));
    expect(decodeMetadata(bytes, "fixtures/metadata-v3")).toEqual(inFlightMetadata());
    expect(decodeMetadata(encodeMetadata(inFlightMetadata()), "_metadata")).toEqual(inFlightMetadata());
  });

  it("reads what version 4 has written", () => {
    const bytes = readFileSync(new URL("./fixtures/metadata-v4", import.meta.url));
    expect(decodeMetadata(bytes, "fixtures/metadata-v4")).toEqual(nativeMetadata("delta-7"));
    const written = encodeMetadata(nativeMetadata("delta-7"));
    expect(decodeMetadata(written, "_metadata")).toEqual(nativeMetadata("delta-7"));
    // The body's bytes depend on what the process has encoded before, the header's do not.
    const headerEnd = bytes.indexOf(10) + 9;
    expect(Buffer.from(written).subarray(0, headerEnd)).toEqual(bytes.subarray(0, headerEnd));
  });

  it.each<[object, string]>([
    [{ offset: 4 }, "offset is 4, outside 0 to 3"],
    [{ length: 2 }, "length is 2, outside 0 to 1"],
    [{ sourceSubtask: 2 }, "sourceSubtask is 2, outside 0 to 1"],
    [{ input: 2 }, "input is 2, outside 0 to 1"],
  ])("refuses what is in flight where %j", (channel, what) => {
    const bytes = encodeMetadata(inFlightMetadata(channel));
    expect(() => decodeMetadata(bytes, "_metadata")).toThrow(what);
  });

  it("writes what holds nothing newer so that older versions read it", () => {
    const versionOf = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32BE(bytes.indexOf(10) + 5);
    const all = [FULL, nativeMetadata(), inFlightMetadata()];
    expect(all.map((metadata) => versionOf(encodeMetadata(metadata)))).toEqual([1, 4, 3]);
  });

  it.each(["../x", "a/b", "", "."])("refuses a file of a back end called %j", (name) => {
    const bytes = encodeMetadata(nativeMetadata(name));
    expect(() => decodeMetadata(bytes, "_metadata")).toThrow(/CHECKPOINT_CORRUPT.*is not the name of a file/);
  });
});

interface Subtask {
  readonly [name: string]: unknown;
  readonly keyed: object;
}

interface Body {
  readonly [name: string]: unknown;
  readonly operators: readonly { readonly [name: string]: unknown; readonly subtasks: readonly Subtask[] }[];
}

/** The body of `sampleMetadata(42)` as the format describes it. */
function bodyOfSample(): Body {
  const keyed = {
    start: 0,
    end: 63,
    states: [],
    sections: [5, 0, 3, 0],
    data: { kind: "inline", bytes: Uint8Array.of(1, 2, 3), crc32: 0 },
  };
  return {
    checkpointId: 42,
    kind: "checkpoint",
    jobName: "clicks",
    jobId: "0",
    triggeredMs: 1,
    completedMs: 2,
    operators: [
      {
        operatorId: "a",
        name: "count",
        parallelism: 2,
        maxParallelism: 128,
        finishedSubtasks: [],
        subtasks: [{ index: 0, keyed }],
      },
    ],
  };
}

function withOperator(body: Body, changes: object): object {
  return { ...body, operators: [{ ...body.operators[0]!, ...changes }] };
}

function withKeyed(body: Body, changes: object): object {
  const [subtask] = body.operators[0]!.subtasks;
  return withOperator(body, { subtasks: [{ ...subtask, keyed: { ...subtask!.keyed, ...changes } }] });
}

/** Any body in a frame whose checksum is right. */
function frame(body: unknown, version = 1): Uint8Array {
  const line = new TextEncoder().encode('millrace checkpoint 42 of "clicks"\n');
  const encoded = encodeValue(body);
  const bytes = new Uint8Array(line.byteLength + 16 + encoded.byteLength);
  bytes.set(line);
  bytes.set(encoded, line.byteLength + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(line.byteLength, 0x4d4c5243);
  view.setUint32(line.byteLength + 4, version);
  view.setUint32(line.byteLength + 8, encoded.byteLength);
  view.setUint32(line.byteLength + 12, crc32(encoded, crc32(bytes.subarray(0, line.byteLength + 12))));
  return bytes;
}
