/**
 * Counts and hashes the results of a job instead of keeping them, exactly once: the sums so far are part of each checkpoint, and
 * what a subtask has in the end is committed as one small file.
 *
 *     records ──▶ subtask 0: sums ──▶ folder/0.json ┐
 *     records ──▶ subtask 1: sums ──▶ folder/1.json ┴──▶ readFinished(folder)
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Committer, Sink, SinkWriter, SinkWriterContext, WriterSnapshot } from "millrace";
import { Checksum, type ChecksumMode, type ChecksumPart, STRING_HASH, type StringHash } from "./checksum.ts";
import type { ResultHash } from "./results.ts";
import { type Reading, readNow } from "./stopwatch.ts";

interface FinishedPart {
  readonly subtaskIndex: number;
  readonly part: ChecksumPart;
  /** When this subtask had its first result; 0 if it had none. */
  readonly firstResultAtMs: number;
  /** When it had its last one. */
  readonly finished: Reading;
}

/** A sink that sums up `hash` over all records, and leaves the sums in `folder`. */
export class ChecksumSink<R> implements Sink<R, FinishedPart, ChecksumPart> {
  readonly guarantee = "exactly-once";
  readonly #folder: string;
  readonly #hash: ResultHash<R>;
  readonly #hashString: StringHash;

  constructor(folder: string, hash: ResultHash<R>, mode: ChecksumMode) {
    this.#folder = folder;
    this.#hash = hash;
    this.#hashString = STRING_HASH[mode];
  }

  createWriter(context: SinkWriterContext, restored: readonly ChecksumPart[]): ChecksumWriter<R> {
    return new ChecksumWriter(context.subtaskIndex, this.#hash, this.#hashString, restored);
  }

  createCommitter(): Committer<FinishedPart> {
    const folder = this.#folder;
    return {
      async commit(finished) {
        for (const part of finished) writeWhole(join(folder, `${part.subtaskIndex}.json`), part);
      },
      async close() {},
    };
  }
}

class ChecksumWriter<R> implements SinkWriter<R, FinishedPart, ChecksumPart> {
  readonly #subtaskIndex: number;
  readonly #hash: ResultHash<R>;
  readonly #hashString: StringHash;
  readonly #checksum = new Checksum();
  #firstResultAtMs = 0;

  constructor(subtaskIndex: number, hash: ResultHash<R>, hashString: StringHash, restored: readonly ChecksumPart[]) {
    this.#subtaskIndex = subtaskIndex;
    this.#hash = hash;
    this.#hashString = hashString;
    for (const part of restored) this.#checksum.addPart(part);
  }

  write(result: R): void {
    if (this.#firstResultAtMs === 0) this.#firstResultAtMs = readNow().atMs;
    this.#checksum.add(this.#hash(result, this.#hashString));
  }

  async snapshot(_checkpointId: number, endOfInput: boolean): Promise<WriterSnapshot<FinishedPart, ChecksumPart>> {
    const part = this.#checksum.part();
    if (!endOfInput) return { committables: [], state: [part] };
    const finished = readNow();
    const committable = {
      subtaskIndex: this.#subtaskIndex,
      part,
      firstResultAtMs: this.#firstResultAtMs,
      finished,
    };
    return { committables: [committable], state: [part] };
  }

  async close(): Promise<void> {}
}

/** What all subtasks of a finished job have left in a folder. */
export interface Finished {
  readonly checksum: Checksum;
  readonly firstResultAtMs: number;
  /** When the last subtask had its last result. */
  readonly finished: Reading;
}

export function readFinished(folder: string): Finished {
  const checksum = new Checksum();
  const parts: FinishedPart[] = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
  for (const { part } of parts) checksum.addPart(part);
  const firsts = parts.map(({ firstResultAtMs }) => firstResultAtMs).filter((atMs) => atMs > 0);
  return {
    checksum,
    firstResultAtMs: Math.min(...firsts),
    finished: {
      atMs: Math.max(...parts.map(({ finished }) => finished.atMs)),
      cpuMs: Math.max(...parts.map(({ finished }) => finished.cpuMs)),
    },
  };
}

function writeWhole(path: string, part: FinishedPart): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(`${path}.partial`, JSON.stringify(part));
  renameSync(`${path}.partial`, path);
}
