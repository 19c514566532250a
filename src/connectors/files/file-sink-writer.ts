import type { FileSystem, ResumableWriter, ResumePoint } from "../../filesystem/file-system.ts";
import type { SinkWriter, SinkWriterContext, WriterSnapshot } from "../sink.ts";
import type { OutputFormat, RecordEncoder } from "./record-encoder.ts";
import { dueMs, type RollingLimits } from "./rolling-policy.ts";

/** A closed file that becomes visible when its checkpoint is complete. */
export interface FileCommittable {
  /** The sink's folder as a URI: it says which file system. */
  readonly folder: string;
  readonly point: ResumePoint;
}

/** A file that was open at the checkpoint. */
export interface OpenFileState extends FileCommittable {
  readonly header?: readonly string[];
  /** When it was begun. Left out by earlier versions. */
  readonly openedMs?: number;
}

export interface FileSinkPlace {
  readonly fileSystem: FileSystem;
  /** The folder, within the file system and as a URI. */
  readonly path: string;
  readonly uri: string;
}

/** Text is handed to the file system in pieces of about this many characters. */
const FLUSH_CHARACTERS = 128 * 1024;

/** More bytes than this on their way to the file system, and the task has to wait. */
const UNWRITTEN_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Writes one subtask's records to files that nobody sees until a checkpoint that holds them is complete:
 *
 *     in progress  ── rolled ──▶  pending: a committable  ── committed ──▶  finished
 *          └── at a checkpoint: made durable, its length is writer state
 *
 * A restored writer cuts its open file to that length and goes on with it. Its own name is part of every file's name and new in
 * each attempt, so no file of an earlier attempt, whatever became of it, is ever written over.
 */
export class FileSinkWriter<T> implements SinkWriter<T, FileCommittable, OpenFileState> {
  readonly #context: SinkWriterContext;
  readonly #place: FileSinkPlace;
  readonly #format: OutputFormat<T>;
  readonly #limits: RollingLimits;
  readonly #name: string;
  #nextNumber = 0;
  #open: PartFile<T> | undefined;
  /** Text for the open file. */
  #lines: string[] = [];
  #characters = 0;
  #unwrittenBytes = 0;
  /** Closed since the last snapshot. */
  #closed: PartFile<T>[] = [];
  /** Files that were open at the checkpoint and are not gone on with: complete as they are. */
  #inherited: FileCommittable[] = [];
  #cancelAlarm: (() => void) | undefined;

  constructor(
    context: SinkWriterContext,
    place: FileSinkPlace,
    format: OutputFormat<T>,
    limits: RollingLimits,
    name: string,
    restored: readonly OpenFileState[],
  ) {
    this.#context = context;
    this.#place = place;
    this.#format = format;
    this.#limits = limits;
    this.#name = name;
    const resumed = restored.find((file) => file.folder === place.uri && file.point.target.endsWith(format.extension));
    for (const file of restored) if (file !== resumed) this.#inherited.push({ folder: file.folder, point: file.point });
    if (resumed !== undefined) this.#begin(place.fileSystem.resume(resumed.point), resumed);
  }

  write(value: T): void {
    const part = this.#open ?? this.#beginNext();
    const text = part.encoder.encode(value);
    this.#lines.push(text);
    this.#characters += text.length;
    part.written = true;
    const isFull = part.length + this.#characters >= this.#limits.bytesMax;
    if (!isFull && this.#characters < FLUSH_CHARACTERS) return;
    this.#flush();
    if (isFull) this.#roll();
  }

  available(): boolean {
    return this.#unwrittenBytes < UNWRITTEN_BYTES_MAX;
  }

  snapshot(_checkpointId: number, endOfInput: boolean): Promise<WriterSnapshot<FileCommittable, OpenFileState>> {
    this.#flush();
    if (endOfInput || this.#limits.onCheckpoint) this.#roll();
    const closed = this.#closed;
    const inherited = this.#inherited;
    this.#closed = [];
    this.#inherited = [];
    const open = this.#open;
    for (const part of open === undefined ? closed : [...closed, open]) {
      part.isNamed = true;
      part.isAsResumed = false;
    }
    const snapshot = this.#resolve(inherited, closed, open);
    // What is lost here would be lost for good, so a failure is the task's, not only the checkpoint's.
    this.#context.runOutside(
      () => snapshot,
      () => undefined,
    );
    return snapshot;
  }

  async close(): Promise<void> {
    this.#cancelAlarm?.();
    const abandoned = this.#open === undefined ? this.#closed : [...this.#closed, this.#open];
    // A file that some snapshot names stays: that checkpoint may be restored.
    await Promise.all(
      abandoned.map((part) => (part.isAsResumed ? part.abandon() : part.isNamed ? part.release() : part.abort())),
    );
  }

  async #resolve(
    inherited: readonly FileCommittable[],
    closed: readonly PartFile<T>[],
    open: PartFile<T> | undefined,
  ): Promise<WriterSnapshot<FileCommittable, OpenFileState>> {
    const folder = this.#place.uri;
    const header = open?.encoder.header;
    const openedMs = open?.openedMs ?? 0;
    // Asked for before anything is awaited: what is written from now on belongs to the next checkpoint.
    const [point, points] = await Promise.all([open?.persist(), Promise.all(closed.map((part) => part.close()))]);
    return {
      committables: [...inherited, ...points.map((closedAt) => ({ folder, point: closedAt }))],
      state: point === undefined ? [] : [{ folder, point, openedMs, ...(header === undefined ? {} : { header }) }],
    };
  }

  #beginNext(): PartFile<T> {
    const { fileSystem, path } = this.#place;
    const { subtaskIndex } = this.#context;
    const name = `part-${this.#name}-${subtaskIndex}-${this.#nextNumber++}${this.#format.extension}`;
    return this.#begin(fileSystem.openResumable(`${path === "/" ? "" : path}/${name}`), undefined);
  }

  #begin(opening: Promise<ResumableWriter>, resumed: OpenFileState | undefined): PartFile<T> {
    const encoder = this.#format.createEncoder(resumed?.header);
    const nowMs = this.#context.clock.nowMs();
    // Its age counts from its beginning, or a job that fails again and again would never show it.
    const openedMs = Math.min(resumed?.openedMs ?? nowMs, nowMs);
    const part = new PartFile(opening, encoder, openedMs, nowMs, resumed?.point.length ?? 0);
    part.isNamed = resumed !== undefined;
    part.isAsResumed = resumed !== undefined;
    this.#open = part;
    // A file that cannot be opened fails the task at once, not only when something is appended.
    this.#context.runOutside(
      () => opening,
      () => undefined,
    );
    this.#watch(part);
    return part;
  }

  #flush(): void {
    const part = this.#open;
    if (part === undefined || this.#lines.length === 0) return;
    const bytes = Buffer.from(this.#lines.join(""));
    this.#lines = [];
    this.#characters = 0;
    this.#unwrittenBytes += bytes.length;
    const appended = part.append(bytes);
    this.#context.runOutside(
      () => appended,
      () => {
        const wasAvailable = this.available();
        this.#unwrittenBytes -= bytes.length;
        if (!wasAvailable && this.available()) this.#context.wake();
      },
    );
  }

  /** Closes the open file, after all that was flushed to it. */
  #roll(): void {
    const part = this.#open;
    if (part === undefined) return;
    this.#open = undefined;
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    this.#closed.push(part);
    this.#context.runOutside(
      () => part.close(),
      () => undefined,
    );
  }

  #watch(part: PartFile<T>): void {
    this.#cancelAlarm = this.#context.clock.setAlarm(dueMs(this.#limits, part), () => this.#rollIfDue(part));
  }

  #rollIfDue(part: PartFile<T>): void {
    const nowMs = this.#context.clock.nowMs();
    if (part.written) part.activeMs = nowMs;
    part.written = false;
    if (nowMs < dueMs(this.#limits, part)) {
      this.#watch(part);
      return;
    }
    this.#flush();
    this.#roll();
  }
}

/** One file from its opening to its end. Calls take effect in their order, also while it is still being opened. */
class PartFile<T> {
  readonly encoder: RecordEncoder<T>;
  readonly openedMs: number;
  activeMs: number;
  /** Whether something was written since `activeMs` was set. */
  written = false;
  /** Whether a snapshot names it; its temporary file must then stay. */
  isNamed = false;
  /** Whether only the snapshot that it was resumed from names it. */
  isAsResumed = false;
  length: number;
  readonly #opening: Promise<ResumableWriter>;
  #closing: Promise<ResumePoint> | undefined;

  constructor(
    opening: Promise<ResumableWriter>,
    encoder: RecordEncoder<T>,
    openedMs: number,
    activeMs: number,
    length: number,
  ) {
    this.encoder = encoder;
    this.openedMs = openedMs;
    this.activeMs = activeMs;
    this.length = length;
    this.#opening = opening;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length;
    return this.#opening.then((writer) => writer.append(bytes));
  }

  persist(): Promise<ResumePoint> {
    return this.#opening.then((writer) => writer.persist());
  }

  close(): Promise<ResumePoint> {
    this.#closing ??= this.#opening.then((writer) => writer.closeForPublish());
    return this.#closing;
  }

  /** Lets go of it, and leaves it under its temporary name. What was appended since the snapshot is cut off by whoever resumes it. */
  async release(): Promise<void> {
    await this.close().catch(() => undefined);
  }

  /** Lets go of it, as it was before it was resumed. */
  async abandon(): Promise<void> {
    try {
      const writer = await this.#opening;
      await (writer.abandon?.() ?? this.release());
    } catch {
      // The failure has been reported where it happened; the snapshot names what was there before.
    }
  }

  /** Removes it. What cannot be removed stays under its temporary name, which readers pass over. */
  async abort(): Promise<void> {
    try {
      await (await this.#opening).abort();
    } catch {
      // The failure has been reported where it happened; there is nothing left to save.
    }
  }
}
