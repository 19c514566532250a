import { crc32 } from "../../codec/crc32.ts";
import { CheckedValue, corrupt } from "../checked-value.ts";
import type { ProcessIdentity } from "../process-identity.ts";

/** One entry of a job's leader log. The newest one says everything that a process has to know to take the job over. */
export interface LeaderRecord {
  /** Grows by at least one each time the leadership changes hands. */
  readonly epoch: number;
  readonly leader: Leader;
  /** `leading`: as long as new records follow. `released`: given back, anyone may take over. `ended`: so has the job. */
  readonly state: "leading" | "released" | "ended";
  /** How long others wait for the next record. */
  readonly leaseMs: number;
  /** The last completed checkpoint of the job. */
  readonly checkpoint: PointedCheckpoint | undefined;
  /** Where it names no checkpoint: the job begins anew, and what else lies in the checkpoint folder does not count. */
  readonly anew: boolean;
  /** How the job ended; undefined where its leader died before it could say. */
  readonly ending: JobEnding | undefined;
}

/** A process that leads, or did. */
export interface Leader extends ProcessIdentity {
  /** Different for each process that ever stands. */
  readonly token: string;
  /** When it took over, by its own wall clock: for people. */
  readonly sinceMs: number;
}

/** What a record says of the last completed checkpoint. */
export interface PointedCheckpoint {
  readonly checkpointId: number;
  /** URI of its folder. */
  readonly location: string;
  readonly completedMs: number;
}

export interface JobEnding {
  readonly status: "FINISHED" | "FAILED" | "CANCELED";
  /** For people: why it failed. */
  readonly message: string | undefined;
  /** The snapshot that its start named, if any. */
  readonly startedFrom: string | undefined;
  /** Of a finished job: its result, as the runtime has it; plain data. */
  readonly result: unknown;
}

const VERSION = 1;
const STATES = ["leading", "released", "ended"] as const;
const STATUSES = ["FINISHED", "FAILED", "CANCELED"] as const;

export function encodeRecord(record: LeaderRecord): Uint8Array {
  const content = JSON.stringify({ version: VERSION, ...record }, undefined, 2);
  return new TextEncoder().encode(`${content}\n${checksumOf(content)}\n`);
}

/** @throws {RestoreError} `CHECKPOINT_CORRUPT` for anything but what `encodeRecord` has written. */
export function decodeRecord(bytes: Uint8Array, where: string): LeaderRecord {
  const text = new TextDecoder().decode(bytes);
  const match = /^(\{.*\})\n([0-9a-f]{8})\n$/s.exec(text);
  if (match === null || checksumOf(match[1]!) !== match[2]) {
    throw corrupt(where, "its checksum does not match its content");
  }
  const value = new CheckedValue(parsed(match[1]!, where), where);
  value.field("version").integer(VERSION, VERSION);
  return {
    epoch: value.field("epoch").integer(1, Number.MAX_SAFE_INTEGER),
    leader: leaderOf(value.field("leader")),
    state: value.field("state").oneOf(STATES),
    leaseMs: value.field("leaseMs").integer(1, Number.MAX_SAFE_INTEGER),
    checkpoint: optional(value.field("checkpoint"), checkpointOf),
    anew: value.field("anew").flag(),
    ending: optional(value.field("ending"), endingOf),
  };
}

function parsed(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw corrupt(where, "it is not JSON", error);
  }
}

function leaderOf(value: CheckedValue): Leader {
  return {
    pid: value.field("pid").integer(0, Number.MAX_SAFE_INTEGER),
    host: value.field("host").text(1024),
    started: optional(value.field("started"), (started) => started.text(1024)),
    pidNamespace: optional(value.field("pidNamespace"), (namespace) => namespace.text(1024)),
    token: value.field("token").text(256),
    sinceMs: value.field("sinceMs").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  };
}

function checkpointOf(value: CheckedValue): PointedCheckpoint {
  return {
    checkpointId: value.field("checkpointId").integer(1, Number.MAX_SAFE_INTEGER),
    location: value.field("location").text(4096),
    completedMs: value.field("completedMs").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  };
}

function endingOf(value: CheckedValue): JobEnding {
  return {
    status: value.field("status").oneOf(STATUSES),
    message: optional(value.field("message"), (message) => message.text(1_000_000)),
    startedFrom: optional(value.field("startedFrom"), (from) => from.text(4096)),
    result: value.field("result").value,
  };
}

function optional<T>(value: CheckedValue, read: (value: CheckedValue) => T): T | undefined {
  return value.missing ? undefined : read(value);
}

function checksumOf(content: string): string {
  return crc32(new TextEncoder().encode(content)).toString(16).padStart(8, "0");
}
