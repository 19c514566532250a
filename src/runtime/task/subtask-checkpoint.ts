import type { SnapshotWriter, TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import { savedStates } from "../../checkpoint/saved-states.ts";
import {
  type InFlightSnapshot,
  type KeyGroupSection,
  lengthOf,
  type OperatorSubtaskSnapshot,
  type SubtaskCheckpointStats,
} from "../../checkpoint/snapshot.ts";
import type { UploadedState } from "../../checkpoint/state-files.ts";
import { crc32 } from "../../codec/crc32.ts";
import type { Clock } from "../../core/clock.ts";
import type { OperatorId } from "../../core/ids.ts";
import { invariant } from "../../core/invariant.ts";
import type { FrozenFiles, FrozenKeyedState, StateFootprint } from "../../state/keyed-state-backend.ts";
import type { OperatorStateSnapshot } from "../../state/operator-state-backend.ts";
import type { Barrier, ChannelMessage } from "../channel/channel.ts";
import { type ChannelOrigin, InFlightWriter } from "./in-flight-writer.ts";
import { type ChainMember, guarded, hasEnded } from "./operator-chain.ts";
import type { Mailbox } from "./task-environment.ts";

/** Bytes that may wait to be written before the scan of the state pauses. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;
/** How soon a paused scan looks again whether the writing has caught up. */
const WRITER_RETRY_MS = 2;

/** One operator's part of the checkpoint. */
interface Part {
  readonly member: ChainMember;
  readonly inputEnded: boolean;
  operatorState: readonly OperatorStateSnapshot[] | undefined;
  frozen: FrozenKeyedState | undefined;
  /** Instead of `frozen`, until they have been copied. */
  files: FrozenFiles | undefined;
  writer: SnapshotWriter | undefined;
  readonly sections: KeyGroupSection[];
  snapshot: OperatorSubtaskSnapshot | undefined;
  /** Of what is in `snapshot`: in files that an earlier checkpoint wrote. */
  sharedBytes: number;
  /** Of what is in `snapshot`. */
  footprints: readonly StateFootprint[];
}

/** How far the barriers were when the snapshot was taken. */
export interface AlignmentFigures {
  readonly startDelayMs: number;
  readonly alignmentMs: number;
  readonly processedBytes: number;
}

export interface SubtaskCheckpointResult {
  readonly snapshot: ReadonlyMap<OperatorId, OperatorSubtaskSnapshot>;
  readonly stats: SubtaskCheckpointStats;
}

/**
 * One checkpoint of one subtask, from the barrier to the handles. The constructor is the synchronous part: state freezes. `advance`
 * scans what is frozen in slices between records, and the writer carries the bytes outside. Where the barrier has overtaken records,
 * they are added until `endInFlight`.
 *
 *     freeze ──▶ advance ... advance ──▶ writers finish ──▶ done(handles)
 *        └─────▶ addInFlight ... endInFlight ──┘
 */
export class SubtaskCheckpoint {
  readonly barrier: Barrier;
  readonly #parts: Part[];
  readonly #store: TaskSnapshotStore;
  readonly #subtaskIndex: number;
  readonly #mailbox: Mailbox;
  readonly #clock: Clock;
  readonly #done: (result: SubtaskCheckpointResult) => void;
  readonly #failed: (error: unknown) => void;
  /** The operator that is still to hand over what it had before the barrier. */
  get flushing(): string | undefined {
    return this.#parts.find(({ operatorState }) => operatorState === undefined)?.member.name;
  }

  /** When its barrier was taken. */
  readonly startMs: number;
  readonly #frozenMs: number;
  #figures: AlignmentFigures;
  /** Only where the barrier overtakes. */
  readonly #inFlightWriter: InFlightWriter | undefined;
  /** Undefined until all of it is written. */
  #inFlight: ReadonlyMap<OperatorId, InFlightSnapshot> | undefined;
  #callOffRetry: (() => void) | undefined;
  #ended = false;

  constructor(
    barrier: Barrier,
    members: readonly ChainMember[],
    subtaskIndex: number,
    figures: AlignmentFigures,
    overtakes: boolean,
    outside: { readonly store: TaskSnapshotStore; readonly mailbox: Mailbox; readonly clock: Clock },
    done: (result: SubtaskCheckpointResult) => void,
    failed: (error: unknown) => void,
  ) {
    this.barrier = barrier;
    this.#store = outside.store;
    this.#mailbox = outside.mailbox;
    this.#clock = outside.clock;
    this.#subtaskIndex = subtaskIndex;
    this.#done = done;
    this.#failed = failed;
    this.#figures = figures;
    if (overtakes) this.#inFlightWriter = new InFlightWriter(barrier.target, subtaskIndex, outside.store);
    else this.#inFlight = new Map();
    this.startMs = outside.clock.nowMs();
    this.#parts = members.map((member) => this.#freeze(member));
    this.#frozenMs = outside.clock.nowMs();
  }

  /** Something that the barrier has overtaken. */
  addInFlight(origin: ChannelOrigin, messages: readonly ChannelMessage[]): void {
    if (!this.#ended) this.#inFlightWriter!.add(origin, messages);
  }

  /** The barriers of all channels are here. */
  endInFlight(figures: AlignmentFigures): void {
    if (this.#ended) return;
    this.#figures = figures;
    this.#mailbox.runOutside(
      () => this.#inFlightWriter!.finish(),
      (inFlight) => {
        this.#inFlight = inFlight;
        this.#complete();
      },
      (error) => this.fail(error),
    );
  }

  /** Scans about `entriesMax` entries of frozen state. @returns whether it did anything. */
  advance(entriesMax: number): boolean {
    if (this.#ended) return false;
    const part = this.#parts.find(({ frozen }) => frozen !== undefined);
    if (part === undefined) return false;
    if (part.writer !== undefined && part.writer.pendingBytes > PENDING_BYTES_MAX) {
      this.#lookAgainSoon();
      return false;
    }
    this.#scan(part, entriesMax);
    return true;
  }

  /** Scans all that is left at once: another checkpoint is about to freeze the same state. */
  scanToEnd(): void {
    for (const part of this.#parts) while (part.frozen !== undefined) this.#scan(part, Number.MAX_SAFE_INTEGER);
  }

  /** Gives up: frozen state is released and what was written is removed. */
  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#callOffRetry?.();
    const inFlightWriter = this.#inFlightWriter;
    if (inFlightWriter !== undefined) this.#mailbox.runOutside(() => inFlightWriter.abort(), ignore, ignore);
    for (const part of this.#parts) {
      part.frozen?.release();
      part.frozen = undefined;
      const { writer } = part;
      // The job manager removes the whole attempt too; a file that cannot be removed now is an orphan that the next start removes.
      if (writer !== undefined) this.#mailbox.runOutside(() => writer.abort(), ignore, ignore);
    }
  }

  #freeze(member: ChainMember): Part {
    const part: Part = {
      member,
      inputEnded: hasEnded(member),
      operatorState: undefined,
      frozen: undefined,
      files: undefined,
      writer: undefined,
      sections: [],
      snapshot: undefined,
      sharedBytes: 0,
      footprints: [],
    };
    guarded(member, () => {
      // Behind the savepoint with which a job stops nothing has happened: its last checkpoint holds the same, and rolls no file.
      const prepared = this.barrier.stop === "finish" ? undefined : member.operator.prepareSnapshot?.(this.barrier.id);
      if (prepared === undefined) part.operatorState = member.operatorState.snapshot();
      else {
        // Without a handler of its own a rejection fails the task: what was written before the barrier would be in no checkpoint.
        this.#mailbox.runOutside(
          () => prepared,
          () => {
            part.operatorState = member.operatorState.snapshot();
            this.#complete();
          },
        );
      }
      part.files = this.#mayShareFiles ? member.keyedState?.freezeFiles?.() : undefined;
      if (part.files === undefined) part.frozen = member.keyedState?.freeze();
      else this.#copyFiles(part, part.files);
    });
    if (part.frozen === undefined) this.#mailbox.post(() => this.#complete());
    return part;
  }

  /** A savepoint stands for itself, in a format that every back end reads; so does what is kept in memory. */
  get #mayShareFiles(): boolean {
    const { target } = this.barrier;
    return target.kind === "folder" && target.shared !== undefined;
  }

  #copyFiles(part: Part, frozen: FrozenFiles): void {
    const { id, target } = this.barrier;
    invariant(target.kind === "folder", "files are copied into folders", { kind: target.kind });
    const { keyedState, uploads } = part.member;
    const copy = async (): Promise<UploadedState> => {
      try {
        const files = await frozen.files;
        return await uploads.upload(id, target, `${part.member.id}-${this.#subtaskIndex}`, files, this.#store);
      } finally {
        frozen.release();
      }
    };
    this.#mailbox.runOutside(
      copy,
      ({ files, sharedBytes }) => {
        part.files = undefined;
        part.sharedBytes = sharedBytes;
        const { keyGroups } = keyedState!;
        part.snapshot = { native: { format: frozen.format, keyGroups, states: frozen.describe(), files } };
        part.footprints = frozen.footprints();
        this.#complete();
      },
      (error) => this.fail(part.member.context.blame(error)),
    );
  }

  #scan(part: Part, entriesMax: number): void {
    const frozen = part.frozen!;
    const piece = guarded(part.member, () => frozen.next(entriesMax));
    if (piece !== undefined) {
      if (piece.bytes.length === 0) return;
      part.writer ??= this.#store.openWriter(this.barrier.target, `${part.member.id}-${this.#subtaskIndex}`);
      addPiece(part.sections, piece.keyGroup, piece.bytes);
      part.writer.append(piece.bytes);
      return;
    }
    part.frozen = undefined;
    const { keyedState } = part.member;
    const states = frozen.describe();
    part.footprints = frozen.footprints();
    const { writer } = part;
    if (writer === undefined) {
      this.#complete();
      return;
    }
    this.#mailbox.runOutside(
      () => writer.finish(),
      (data) => {
        part.writer = undefined;
        part.snapshot = { keyed: { keyGroups: keyedState!.keyGroups, states, sections: part.sections, data } };
        this.#complete();
      },
      (error) => this.fail(part.member.context.blame(error)),
    );
  }

  /** Called when a part has got further; acknowledges when nothing is missing from any part. */
  #complete(): void {
    if (this.#ended) return;
    const unfinished = this.#parts.some(
      (part) =>
        part.operatorState === undefined ||
        part.frozen !== undefined ||
        part.files !== undefined ||
        part.writer !== undefined,
    );
    const inFlight = this.#inFlight;
    if (unfinished || inFlight === undefined) return;
    this.#ended = true;
    const snapshot = new Map(this.#parts.map((part) => [part.member.id, assemble(part, inFlight.get(part.member.id))]));
    const stateBytes = [...snapshot.values()].reduce((sum, part) => sum + bytesOf(part), 0);
    const nowMs = this.#clock.nowMs();
    this.#done({
      snapshot,
      stats: {
        ...this.#figures,
        ackMs: nowMs,
        syncMs: this.#frozenMs - this.startMs,
        asyncMs: nowMs - this.#frozenMs,
        unaligned: this.#inFlightWriter !== undefined,
        persistedBytes: this.#inFlightWriter?.bytes ?? 0,
        states: this.#parts.flatMap(({ member, footprints }) =>
          savedStates({ operatorId: member.id, operatorName: member.name }, snapshot.get(member.id)!, footprints),
        ),
        stateBytes,
        writtenBytes: this.#parts.reduce((bytes, { sharedBytes }) => bytes - sharedBytes, stateBytes),
      },
    });
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.abort();
    this.#failed(error);
  }

  #lookAgainSoon(): void {
    this.#callOffRetry ??= this.#clock.setAlarm(this.#clock.nowMs() + WRITER_RETRY_MS, () => {
      this.#callOffRetry = undefined;
      this.#mailbox.post(ignore);
    });
  }
}

function addPiece(sections: KeyGroupSection[], keyGroup: number, bytes: Uint8Array): void {
  const last = sections.at(-1);
  if (last !== undefined && last.keyGroup === keyGroup) {
    sections[sections.length - 1] = { ...last, length: last.length + bytes.length, crc32: crc32(bytes, last.crc32) };
  } else {
    const offset = last === undefined ? 0 : last.offset + last.length;
    sections.push({ keyGroup, offset, length: bytes.length, crc32: crc32(bytes) });
  }
}

function assemble(part: Part, inFlight: InFlightSnapshot | undefined): OperatorSubtaskSnapshot {
  return {
    ...part.snapshot,
    ...(inFlight === undefined ? {} : { inFlight }),
    ...(part.operatorState!.length === 0 ? {} : { operatorState: part.operatorState! }),
    ...(part.inputEnded ? { inputEnded: true } : {}),
  };
}

function bytesOf(snapshot: OperatorSubtaskSnapshot): number {
  const streams = [snapshot.keyed, ...(snapshot.native?.files ?? []), snapshot.inFlight].flatMap(
    (one) => one?.data ?? [],
  );
  const streamBytes = streams.map(lengthOf);
  const itemBytes = snapshot.operatorState?.flatMap(({ items }) => items.map((item) => item.length)) ?? [];
  return [...streamBytes, ...itemBytes].reduce((sum, bytes) => sum + bytes, 0);
}

function ignore(): void {}
