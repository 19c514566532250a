/** The readers of what others may have written, each as a function of bytes that throws for a finding and for nothing else. */
import { decodePointer, encodePointer } from "../../src/checkpoint/latest-pointer.ts";
import { decodeRecord, encodeRecord } from "../../src/checkpoint/leadership/leader-record.ts";
import { sampleRecord } from "../../src/checkpoint/leadership/sample-records.ts";
import { decodeMetadata, encodeMetadata } from "../../src/checkpoint/metadata-format.ts";
import { fullMetadata, nativeMetadata, sampleMetadata } from "../../src/checkpoint/sample-metadata.ts";
import { crc32 } from "../../src/codec/crc32.ts";
import { decodeFrame, FrameWriter } from "../../src/codec/frame.ts";
import { decodeValue, encodeValue } from "../../src/codec/value-codec.ts";
import { csvFormat } from "../../src/connectors/files/csv-format.ts";
import { jsonLinesFormat } from "../../src/connectors/files/json-lines-format.ts";
import { MalformedText, NO_RECORD, type RecordFormat } from "../../src/connectors/files/record-format.ts";
import { MillraceError } from "../../src/core/errors.ts";
import { resolveUri } from "../../src/filesystem/resolve.ts";
import { StreamExecutionEnvironment } from "../../src/index.ts";
import type { StateDescription } from "../../src/state/keyed-state-backend.ts";
import { readEntries } from "../../src/state/snapshot-format.ts";

export interface FuzzTarget {
  readonly name: string;
  /** Well-formed input to start from. */
  readonly samples: readonly Uint8Array[];
  /**
   * @returns a text where there are several kinds of answers.
   * @throws a `MillraceError` for what it refuses; anything else is a finding.
   */
  run(input: Uint8Array): unknown;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

const VALUES: readonly unknown[] = [
  { user: "ann", count: 12, at: new Date(0), tags: ["a", "π"], deep: { big: 2n ** 70n, none: null, gone: undefined } },
  [new Map([["a", 1]]), new Set([1.5, -0]), new Float64Array([1, 2]), new Uint8Array([1, 2, 3])],
  [{ a: 1 }, { a: 2 }, { a: "x", b: true }],
];

/** A value of plain data as JSON says it; undefined for what is no JSON. */
function jsonValue(input: Uint8Array): unknown {
  try {
    return JSON.parse(text(input));
  } catch {
    return undefined;
  }
}

const JSON_SAMPLES = [
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}}',
  '[{"a`$\\u007bprocess.exit(1)}":1,"b\\"];throw 1;//":"x","\\u2028":null},{"toString":1,"valueOf":2,"then":3,"0":4}]',
  '{"user":"ann","n":[1,2.5,-3e300,true,null,""],"deep":{"deep":{"deep":[[[]]]}}}',
].map(bytes);

const STATES: readonly StateDescription[] = (["value", "list", "map", "slices", "timers", "reducing"] as const).flatMap(
  (kind) =>
    [false, true].map((more) => ({
      name: `${kind}-${more}`,
      kind,
      windowed: more,
      ttl: more,
      keySchema: { type: "any" } as const,
      valueSchema: { type: "any" } as const,
    })),
);

/** So that the reader's checks behind the checksum are reached. */
function withChecksums(metadata: Uint8Array): Uint8Array {
  const frameAt = metadata.subarray(0, 4096).indexOf(10) + 1;
  if (frameAt === 0 || metadata.byteLength < frameAt + 16) return metadata;
  const sealed = metadata.slice();
  const frame = new DataView(sealed.buffer, frameAt, 16);
  frame.setUint32(0, 0x4d4c5243);
  frame.setUint32(4, 1 + (frame.getUint32(4) % 2));
  frame.setUint32(8, sealed.byteLength - frameAt - 16);
  frame.setUint32(12, crc32(sealed.subarray(frameAt + 16), crc32(sealed.subarray(0, frameAt + 12))));
  return sealed;
}

function sealedRecord(input: Uint8Array): Uint8Array {
  const content = text(input).replace(/\n[0-9a-f]{8}\n$/, "");
  return bytes(`${content}\n${crc32(bytes(content)).toString(16).padStart(8, "0")}\n`);
}

function sealedPointer(input: Uint8Array): Uint8Array {
  const json = jsonValue(input);
  if (typeof json !== "object" || json === null) return input;
  const { epoch, checkpointId, path, completedMs } = json as Record<string, unknown>;
  const content = JSON.stringify({ epoch, checkpointId, path, completedMs });
  return bytes(JSON.stringify({ ...json, checksum: crc32(bytes(content)).toString(16).padStart(8, "0") }));
}

function frameOf(records: readonly unknown[]): Uint8Array {
  const writer = new FrameWriter();
  for (const [index, record] of records.entries()) writer.add(record, index);
  return writer.encode().slice();
}

/** Files that a checkpoint names: never a way out of its job's folder. */
function checkFiles(metadata: ReturnType<typeof decodeMetadata>): void {
  for (const { subtasks } of metadata.operators) {
    for (const { keyed, native } of subtasks.values()) {
      const handles = [keyed?.data, ...(native?.files.map(({ data }) => data) ?? [])];
      for (const handle of handles) {
        if (handle?.kind !== "file") continue;
        const parts = handle.file.split("/");
        if (parts.length > 1 && (parts.length !== 3 || parts[0] !== ".." || parts[1] !== "shared"))
          throw new Error(`leads out: ${handle.file}`);
        if ([".", "..", ""].includes(parts.at(-1)!)) throw new Error(`is no file: ${handle.file}`);
      }
      for (const { name } of native?.files ?? []) {
        if (name.includes("/") || name.includes("\\") || name === ".." || name === ".")
          throw new Error(`leads out: ${name}`);
      }
    }
  }
}

/** @returns what it says of the last record that it refuses. */
function readRecords(format: RecordFormat<unknown>, input: Uint8Array): string {
  let refusal = "";
  const decoder = format.createDecoder(undefined);
  const all = Buffer.from(input);
  let from = 0;
  while (from < all.length) {
    const end = decoder.endOf(all, from);
    const to = end === -1 ? all.length : end;
    if (to <= from) throw new Error(`a record of no bytes at ${from}`);
    try {
      const record = decoder.decode(all, from, to);
      if (
        record !== NO_RECORD &&
        typeof record === "object" &&
        record !== null &&
        Object.getPrototypeOf(record) !== Object.prototype &&
        !Array.isArray(record)
      ) {
        throw new Error("a record with a prototype of its own");
      }
      decoder.linesIn(all, from, to);
    } catch (error) {
      if (!(error instanceof MalformedText || error instanceof MillraceError)) throw error;
      refusal = error.message;
    }
    from = to;
  }
  return refusal;
}

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: "value",
    samples: VALUES.map(encodeValue),
    run: (input) => decodeValue(input),
  },
  {
    name: "frame",
    samples: [...VALUES.map((value) => frameOf([value, value])), frameOf([{ a: 1, b: "x" }, { a: 2.5, b: "yy" }, 3])],
    run: (input) => decodeFrame(input, 0, input.length, () => {}),
  },
  {
    // Names of fields become code: they must stay names.
    name: "field-names",
    samples: JSON_SAMPLES,
    run: (input) => {
      const value = jsonValue(input);
      if (value === undefined) return "no JSON";
      const expected = JSON.stringify(value);
      const copy = JSON.stringify(decodeValue(encodeValue(value)));
      if (copy !== expected) throw new Error(`${expected} became ${copy}`);
      const records = Array.isArray(value) ? value : [value, value];
      const read: unknown[] = [];
      const frame = frameOf(records);
      decodeFrame(frame, 0, frame.length, (record) => read.push(record));
      if (JSON.stringify(read) !== JSON.stringify(records))
        throw new Error(`a frame of ${expected} became ${JSON.stringify(read)}`);
      return "carried";
    },
  },
  {
    name: "metadata",
    samples: [fullMetadata(), nativeMetadata(), sampleMetadata(1)].map(encodeMetadata),
    run: (input) => checkFiles(decodeMetadata(withChecksums(input), "fuzz")),
  },
  {
    name: "state-entries",
    samples: [
      Uint8Array.from([1, ...encodeValue("ann"), ...encodeValue(3), 0]),
      Uint8Array.from([3, ...encodeValue("ann"), 2, ...encodeValue(3), ...encodeValue(4), 0]),
    ],
    run: (input) => {
      for (const entry of readEntries(input, STATES)) if (entry.body === "map") return "a map";
      return "entries";
    },
  },
  {
    name: "pointer",
    samples: [encodePointer({ epoch: 3, checkpointId: 7, path: "chk-7", completedMs: 12 })],
    run: (input) => decodePointer(sealedPointer(input), "fuzz"),
  },
  {
    name: "leader-record",
    samples: [
      encodeRecord(sampleRecord(1, "a")),
      encodeRecord(
        sampleRecord(2, "b", { state: "ended", checkpoint: { checkpointId: 1, location: "x", completedMs: 1 } }),
      ),
    ],
    run: (input) => decodeRecord(sealedRecord(input), "fuzz"),
  },
  {
    name: "json-lines",
    samples: [bytes('{"a":1}\n{"a":"x\\n","__proto__":{"polluted":1}}\n\n[1\n')],
    run: (input) => readRecords(jsonLinesFormat<unknown>(), input),
  },
  {
    name: "csv",
    samples: [bytes('a,b,__proto__\n1,"x ""y""\n",z\n1,2\n"open')],
    run: (input) => readRecords(csvFormat<unknown>({ types: { a: "number" } }), input),
  },
  {
    name: "configuration",
    samples: [
      bytes(
        "execution.checkpointing.interval: 10 s\nstate.backend.type: rocksdb\nparallelism.default: 3\n__proto__: 1",
      ),
      bytes(
        "restart-strategy.type: exponential-delay\nstate.checkpoints.dir: file:///x\nhigh-availability.type: filesystem",
      ),
    ],
    run: (input) => {
      const pairs = text(input)
        .split("\n")
        .map((line) => line.split(/:(.*)/s, 2) as [string, string | undefined])
        .map(([key, value]) => [key.trim(), value?.trim() ?? ""] as const);
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      withoutWarnings(() => env.configure(Object.fromEntries(pairs)));
      env.getJobSettings();
    },
  },
  {
    name: "uri",
    samples: ["file:///a/b", "s3://bucket/key", "hdfs://name:9870/a", "memory:///x", "../a b", "file://host/x"].map(
      bytes,
    ),
    run: (input) => resolveUri(text(input)),
  },
];

function withoutWarnings(run: () => void): void {
  const { write } = process.stderr;
  process.stderr.write = () => true;
  try {
    run();
  } finally {
    process.stderr.write = write;
  }
}

/** Bytes outside of the heap that one call may take for each byte of its input, and at least. */
const BYTES_PER_BYTE = 1_000;
const BYTES_LEAST = 32 * 1024 * 1024;

/**
 * Runs a target, and looks at what it has done to the process.
 *
 * @returns the kind of its answer: what it refuses with, without the numbers.
 * @throws for a finding.
 */
export function fuzz(target: FuzzTarget, input: Uint8Array): string {
  const before = process.memoryUsage().arrayBuffers;
  const answer = answerOf(target, input);
  const taken = process.memoryUsage().arrayBuffers - before;
  if (taken > Math.max(BYTES_LEAST, input.length * BYTES_PER_BYTE)) {
    throw new Error(`${input.length} bytes of input made it allocate ${taken} bytes`);
  }
  if (Object.keys(Object.prototype).length > 0 || "polluted" in {}) throw new Error("Object.prototype was changed");
  return answer;
}

function answerOf(target: FuzzTarget, input: Uint8Array): string {
  try {
    const answer = target.run(input);
    return kindOf(typeof answer === "string" ? answer : "taken");
  } catch (error) {
    if (error instanceof MillraceError) return kindOf(error.message);
    throw error;
  }
}

/** Of a message, what does not depend on the input. */
function kindOf(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"|\d+/g, "…").slice(0, 80);
}
