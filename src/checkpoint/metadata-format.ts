import { crc32 } from "../codec/crc32.ts";
import type { Schema } from "../codec/schema.ts";
import { decodeValue, encodeValue } from "../codec/value-codec.ts";
import { RestoreError } from "../core/errors.ts";
import { asOperatorId, checkpointId } from "../core/ids.ts";
import { MAX_PARALLELISM_LIMIT } from "../core/key-group.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import type { OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import { CheckedValue, corrupt } from "./checked-value.ts";
import {
  type BytesHandle,
  type CheckpointMetadata,
  type InFlightChannel,
  type InFlightSnapshot,
  type KeyedSnapshot,
  type KeyGroupSection,
  lengthOf,
  type NativeKeyedSnapshot,
  type OperatorSnapshot,
  type OperatorSubtaskSnapshot,
} from "./snapshot.ts";

/** The newest format. Readers of every older one stay, each with a fixture in `fixtures/`. */
const VERSION = 4;
/**
 * What holds nothing that is newer is written so that an older Millrace can read it: data in flight came with 3. Native files came with 2
 * and are 4 since there are deltas among them, which an older Millrace would take for files of no meaning, and so lose.
 */
const VERSION_WITHOUT_NATIVE = 3;
const VERSION_WITHOUT_IN_FLIGHT = 1;
/** "MLRC". */
const MAGIC = 0x4d4c5243;
/** Magic, version, length of the body, checksum; each 32 bits, big-endian. */
const FRAME_BYTES = 16;
/** The first line is short; a reader that finds no end of line this far in is not looking at a checkpoint. */
const LINE_BYTES_MAX = 4096;
const NEWLINE = 10;

const NAME_MAX = 65_536;
const OPERATORS_MAX = 100_000;
const STATES_MAX = 100_000;
const ITEMS_MAX = 2 ** 31;
const NATIVE_FILES_MAX = 1_000_000;
const CHANNELS_MAX = 1_000_000;
const UINT32_MAX = 2 ** 32 - 1;

/**
 * The bytes of `_metadata`:
 *
 *     millrace checkpoint 42 of "clicks"⏎ │ MLRC │ version │ body length │ crc32 │ body
 *
 * `head -1` tells what the file is. The checksum covers the line, the numbers before it and the body. The body is one value
 * of the codec.
 */
export function encodeMetadata(metadata: CheckpointMetadata): Uint8Array {
  const body = encodeValue(bodyOf(metadata));
  const name = JSON.stringify(metadata.jobName).slice(0, LINE_BYTES_MAX / 8);
  const line = new TextEncoder().encode(`millrace ${metadata.kind} ${metadata.checkpointId} of ${name}\n`);
  const bytes = new Uint8Array(line.byteLength + FRAME_BYTES + body.byteLength);
  bytes.set(line, 0);
  bytes.set(body, line.byteLength + FRAME_BYTES);
  const frame = new DataView(bytes.buffer, line.byteLength, FRAME_BYTES);
  frame.setUint32(0, MAGIC);
  frame.setUint32(4, versionFor(metadata));
  frame.setUint32(8, body.byteLength);
  frame.setUint32(12, checksum(bytes, line.byteLength));
  return bytes;
}

/**
 * The metadata in `bytes`, which were read from `where`. Nothing is trusted before its checksum, and nothing is allocated by a length
 * that has not been compared with what is there.
 *
 * @throws {RestoreError} `CHECKPOINT_CORRUPT`, or `CHECKPOINT_FORMAT_UNKNOWN` where a newer Millrace has written it.
 */
export function decodeMetadata(bytes: Uint8Array, where: string): CheckpointMetadata {
  const frameAt = bytes.subarray(0, LINE_BYTES_MAX).indexOf(NEWLINE) + 1;
  if (frameAt === 0) throw corrupt(where, "it does not start with a line that says what it is");
  if (bytes.byteLength < frameAt + FRAME_BYTES)
    throw corrupt(where, `it ends at byte ${bytes.byteLength}, within its header`);
  const frame = new DataView(bytes.buffer, bytes.byteOffset + frameAt, FRAME_BYTES);
  if (frame.getUint32(0) !== MAGIC) throw corrupt(where, `byte ${frameAt} is not the mark of a checkpoint's metadata`);
  const expected = frameAt + FRAME_BYTES + frame.getUint32(8);
  if (bytes.byteLength !== expected)
    throw corrupt(where, `it has ${bytes.byteLength} bytes where its header says ${expected}`);
  if (frame.getUint32(12) !== checksum(bytes, frameAt)) throw corrupt(where, "its checksum does not match its content");
  const version = frame.getUint32(4);
  if (version < 1 || version > VERSION) throw unknownFormat(where, version);
  const body = bytes.subarray(frameAt + FRAME_BYTES);
  return readBody(new CheckedValue(decodeBody(body, where, frameAt + FRAME_BYTES), where));
}

function checksum(bytes: Uint8Array, frameAt: number): number {
  return crc32(bytes.subarray(frameAt + FRAME_BYTES), crc32(bytes.subarray(0, frameAt + FRAME_BYTES - 4)));
}

function decodeBody(body: Uint8Array, where: string, offset: number): unknown {
  try {
    return decodeValue(body);
  } catch (error) {
    throw corrupt(where, `the value at byte ${offset} cannot be decoded`, error);
  }
}

function unknownFormat(where: string, version: number): RestoreError {
  return new RestoreError("CHECKPOINT_FORMAT_UNKNOWN", {
    message: `${where} is written in format ${version}; this Millrace reads formats 1 to ${VERSION}.`,
    advice: "Restore it with the version of Millrace that wrote it, or a newer one.",
    facts: { where, version },
  });
}

function versionFor({ operators }: CheckpointMetadata): number {
  const saved = operators.flatMap(({ subtasks }) => [...subtasks.values()]);
  if (saved.some(({ native }) => native !== undefined)) return VERSION;
  return saved.some(({ inFlight }) => inFlight !== undefined) ? VERSION_WITHOUT_NATIVE : VERSION_WITHOUT_IN_FLIGHT;
}

// The body as plain data. What is undefined is left out; numbers that come in rows are laid flat.

function bodyOf(metadata: CheckpointMetadata): unknown {
  return {
    checkpointId: metadata.checkpointId,
    kind: metadata.kind,
    jobName: metadata.jobName,
    jobId: metadata.jobId,
    triggeredMs: metadata.triggeredMs,
    completedMs: metadata.completedMs,
    operators: metadata.operators.map(operatorBody),
  };
}

function operatorBody(operator: OperatorSnapshot): unknown {
  return {
    operatorId: operator.operatorId,
    name: operator.name,
    ...(operator.uid === undefined ? {} : { uid: operator.uid }),
    parallelism: operator.parallelism,
    maxParallelism: operator.maxParallelism,
    ...(operator.coordinator === undefined ? {} : { coordinator: operator.coordinator }),
    finishedSubtasks: [...operator.finishedSubtasks],
    subtasks: [...operator.subtasks].sort(([a], [b]) => a - b).map(([index, saved]) => subtaskBody(index, saved)),
  };
}

function subtaskBody(index: number, saved: OperatorSubtaskSnapshot): unknown {
  return {
    index,
    ...(saved.keyed === undefined ? {} : { keyed: keyedBody(saved.keyed) }),
    ...(saved.native === undefined ? {} : { native: nativeBody(saved.native) }),
    ...(saved.operatorState === undefined ? {} : { operatorState: saved.operatorState.map(operatorStateBody) }),
    ...(saved.inFlight === undefined ? {} : { inFlight: inFlightBody(saved.inFlight) }),
    ...(saved.inputEnded === undefined ? {} : { inputEnded: saved.inputEnded }),
  };
}

function inFlightBody({ channels, data }: InFlightSnapshot): unknown {
  return {
    channels: channels.map(({ tag, ...channel }) => ({ ...channel, ...(tag === undefined ? {} : { tag }) })),
    data: { ...data },
  };
}

function keyedBody(keyed: KeyedSnapshot): unknown {
  return {
    start: keyed.keyGroups.start,
    end: keyed.keyGroups.end,
    states: keyed.states.map((state) => ({ ...state })),
    sections: keyed.sections.flatMap(({ keyGroup, offset, length, crc32 }) => [keyGroup, offset, length, crc32]),
    data: { ...keyed.data },
  };
}

function nativeBody({ format, keyGroups, states, files }: NativeKeyedSnapshot): unknown {
  return {
    format,
    start: keyGroups.start,
    end: keyGroups.end,
    states: states.map((state) => ({ ...state })),
    files: files.map(({ name, data }) => ({ name, data: { ...data } })),
  };
}

function operatorStateBody(state: OperatorStateSnapshot): unknown {
  return { name: state.name, mode: state.mode, schema: state.schema, items: [...state.items] };
}

function readBody(body: CheckedValue): CheckpointMetadata {
  const operators = body.field("operators").list(OPERATORS_MAX).map(readOperator);
  if (new Set(operators.map(({ operatorId }) => operatorId)).size !== operators.length) {
    throw body.field("operators").wrong("names an operator twice");
  }
  return {
    checkpointId: checkpointId(body.field("checkpointId").integer(1, Number.MAX_SAFE_INTEGER)),
    kind: body.field("kind").oneOf(["checkpoint", "savepoint"]),
    jobName: body.field("jobName").text(NAME_MAX),
    jobId: body.field("jobId").text(NAME_MAX),
    triggeredMs: body.field("triggeredMs").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    completedMs: body.field("completedMs").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    operators,
  };
}

function readOperator(operator: CheckedValue): OperatorSnapshot {
  const maxParallelism = operator.field("maxParallelism").integer(1, MAX_PARALLELISM_LIMIT);
  const parallelism = operator.field("parallelism").integer(1, maxParallelism);
  const subtasks = operator
    .field("subtasks")
    .list(parallelism)
    .map(
      (subtask) => [subtask.field("index").integer(0, parallelism - 1), readSubtask(subtask, maxParallelism)] as const,
    );
  const uid = operator.field("uid");
  const coordinator = operator.field("coordinator");
  return {
    operatorId: asOperatorId(operator.field("operatorId").text(NAME_MAX)),
    name: operator.field("name").text(NAME_MAX),
    uid: uid.missing ? undefined : uid.text(NAME_MAX),
    parallelism,
    maxParallelism,
    ...(coordinator.missing ? {} : { coordinator: coordinator.bytes() }),
    subtasks: new Map(subtasks),
    finishedSubtasks: operator
      .field("finishedSubtasks")
      .list(parallelism)
      .map((index) => index.integer(0, parallelism - 1)),
  };
}

function readSubtask(subtask: CheckedValue, maxParallelism: number): OperatorSubtaskSnapshot {
  const keyed = subtask.field("keyed");
  const native = subtask.field("native");
  const operatorState = subtask.field("operatorState");
  const inFlight = subtask.field("inFlight");
  const inputEnded = subtask.field("inputEnded");
  return {
    ...(native.missing ? {} : { native: readNative(native, maxParallelism) }),
    ...(keyed.missing ? {} : { keyed: readKeyed(keyed, maxParallelism) }),
    ...(operatorState.missing ? {} : { operatorState: operatorState.list(STATES_MAX).map(readOperatorState) }),
    ...(inFlight.missing ? {} : { inFlight: readInFlight(inFlight) }),
    ...(inputEnded.missing ? {} : { inputEnded: inputEnded.flag() }),
  };
}

function readKeyed(keyed: CheckedValue, maxParallelism: number): KeyedSnapshot {
  const start = keyed.field("start").integer(0, maxParallelism - 1);
  const end = keyed.field("end").integer(start, maxParallelism - 1);
  const data = readHandle(keyed.field("data"));
  const length = lengthOf(data);
  return {
    keyGroups: { start, end },
    states: keyed.field("states").list(STATES_MAX).map(readStateDescription),
    sections: readSections(keyed.field("sections"), { start, end }, length),
    data,
  };
}

function readNative(native: CheckedValue, maxParallelism: number): NativeKeyedSnapshot {
  const start = native.field("start").integer(0, maxParallelism - 1);
  const files = native.field("files").list(NATIVE_FILES_MAX);
  return {
    format: native.field("format").oneOf(["rocksdb"]),
    keyGroups: { start, end: native.field("end").integer(start, maxParallelism - 1) },
    states: native.field("states").list(STATES_MAX).map(readStateDescription),
    files: files.map((file) => ({
      name: file.field("name").that(isFileName, "is not the name of a file"),
      data: readHandle(file.field("data")),
    })),
  };
}

/** It is given to a file on the local disk. */
function isFileName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z0-9._-]+$/.test(name) && !/^\.{1,2}$/.test(name);
}

function readInFlight(inFlight: CheckedValue): InFlightSnapshot {
  const data = readHandle(inFlight.field("data"));
  const dataLength = lengthOf(data);
  const channels = inFlight.field("channels").list(CHANNELS_MAX);
  return { channels: channels.map((channel) => readInFlightChannel(channel, dataLength)), data };
}

function readInFlightChannel(channel: CheckedValue, dataLength: number): InFlightChannel {
  const tag = channel.field("tag");
  const sourceParallelism = channel.field("sourceParallelism").integer(1, MAX_PARALLELISM_LIMIT);
  const offset = channel.field("offset").integer(0, dataLength);
  return {
    source: asOperatorId(channel.field("source").text(NAME_MAX)),
    tag: tag.missing ? undefined : tag.text(NAME_MAX),
    input: channel.field("input").integer(0, 1),
    sourceSubtask: channel.field("sourceSubtask").integer(0, sourceParallelism - 1),
    sourceParallelism,
    partitioning: channel.field("partitioning").text(NAME_MAX),
    offset,
    length: channel.field("length").integer(0, dataLength - offset),
    crc32: channel.field("crc32").integer(0, UINT32_MAX),
  };
}

function readSections(
  sections: CheckedValue,
  range: { readonly start: number; readonly end: number },
  dataLength: number,
): KeyGroupSection[] {
  const numbers = sections.list(MAX_PARALLELISM_LIMIT * 4);
  if (numbers.length % 4 !== 0) throw sections.wrong("is cut off");
  const found: KeyGroupSection[] = [];
  let keyGroupMin = range.start;
  for (let i = 0; i < numbers.length; i += 4) {
    // A key group has one section; ascending order makes a second one visible.
    const keyGroup = numbers[i]!.integer(keyGroupMin, range.end);
    const offset = numbers[i + 1]!.integer(0, dataLength);
    const length = numbers[i + 2]!.integer(0, dataLength - offset);
    found.push({ keyGroup, offset, length, crc32: numbers[i + 3]!.integer(0, UINT32_MAX) });
    keyGroupMin = keyGroup + 1;
  }
  return found;
}

function readHandle(handle: CheckedValue): BytesHandle {
  const crc = handle.field("crc32").integer(0, UINT32_MAX);
  if (handle.field("kind").oneOf(["inline", "file"]) === "inline") {
    return { kind: "inline", bytes: handle.field("bytes").bytes(), crc32: crc };
  }
  const file = handle.field("file").that(isFileOfCheckpoint, "is not the name of a file of a checkpoint");
  return { kind: "file", file, length: handle.field("length").integer(0, Number.MAX_SAFE_INTEGER), crc32: crc };
}

/** A file beside `_metadata`, or in the job's folder of shared files; never a way out of the job's folder. */
function isFileOfCheckpoint(file: unknown): file is string {
  return typeof file === "string" && /^(\.\.\/shared\/)?[^/\0]+$/.test(file) && !/(^|\/)\.{1,2}$/.test(file);
}

const STATE_KINDS = ["value", "list", "map", "reducing", "aggregating", "slices", "timers"] as const;

function readStateDescription(state: CheckedValue): StateDescription {
  return {
    name: state.field("name").text(NAME_MAX),
    kind: state.field("kind").oneOf(STATE_KINDS),
    windowed: state.field("windowed").flag(),
    ttl: state.field("ttl").flag(),
    keySchema: state.field("keySchema").that(isSchema, "is not a schema"),
    valueSchema: state.field("valueSchema").that(isSchema, "is not a schema"),
    ...readDeclaredType(state.field("declaredType")),
  };
}

function readDeclaredType(type: CheckedValue): Pick<StateDescription, "declaredType"> {
  if (type.missing) return {};
  const schema = type.field("schema");
  const initial = type.field("initial");
  const version = type.field("version");
  const windows = type.field("windows");
  return {
    declaredType: {
      ...(schema.missing ? {} : { schema: schema.that(isSchema, "is not a schema") }),
      ...(initial.missing ? {} : { initial: initial.that(isSchema, "is not a schema") }),
      ...(version.missing ? {} : { version: version.integer(0, Number.MAX_SAFE_INTEGER) }),
      ...(windows.missing ? {} : { windows: windows.text(NAME_MAX) }),
    },
  };
}

function readOperatorState(state: CheckedValue): OperatorStateSnapshot {
  return {
    name: state.field("name").text(NAME_MAX),
    mode: state.field("mode").oneOf(["split", "union", "broadcast"]),
    schema: state.field("schema").that(isSchema, "is not a schema"),
    items: state
      .field("items")
      .list(ITEMS_MAX)
      .map((item) => item.bytes()),
  };
}

/** The checksum vouches for the rest: only what a schema is at its top is asked. */
function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
