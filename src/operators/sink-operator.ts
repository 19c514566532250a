import type {
  CommitContext,
  Committer,
  Sink,
  SinkWriter,
  SinkWriterContext,
  WriterSnapshot,
} from "../connectors/sink.ts";
import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import { describeFault } from "../core/fault-text.ts";
import type { ListState } from "../state/descriptors.ts";
import type { CommitProgress, OneInputOperator, OperatorContext, Output } from "./operator.ts";

/** How often a commit is tried again before the task fails; `sink.committer.retries`. */
export const COMMIT_RETRIES_DEFAULT = 10;

/** Between two tries of a commit, as Flink has it. */
const COMMIT_RETRY_DELAY_MS = 1000;

/** The id that a sink sees at the end of a job without a final checkpoint. */
const END_OF_INPUT_ID: number = Number.MAX_SAFE_INTEGER;

/** What a checkpoint is to make visible once it is complete. */
interface Uncommitted<CommittableT> {
  /** Left out of what is saved: whatever is read from state is recovered. */
  readonly recovered?: boolean;
  readonly checkpointId: number;
  readonly committables: readonly CommittableT[];
}

/**
 * The end of a job: writes records, and with a committer makes them visible when the checkpoint that holds them is complete.
 *
 *     records ──▶ writer ──barrier──▶ committables ──checkpoint complete──▶ committer
 *                                       │ (pending: state)                   │ (due: state, until committed)
 *                                       └──────── saved in the checkpoint ───┘
 *
 * A restored subtask first commits again everything that its checkpoint names; before that it takes no record.
 */
export class SinkOperator<T, CommittableT = any, WriterStateT = any> implements OneInputOperator<T, never> {
  readonly #sink: Sink<T, CommittableT, WriterStateT>;
  readonly #retries: number;
  #context!: OperatorContext<never>;
  #output!: Output<never>;
  #writer!: SinkWriter<T, CommittableT, WriterStateT>;
  #committer: Committer<CommittableT> | undefined;
  #committablesState!: ListState<Uncommitted<CommittableT>>;
  #writerState!: ListState<WriterStateT>;

  /** Of checkpoints that are not complete yet, in their order. */
  #pending: Uncommitted<CommittableT>[] = [];
  /** To be committed now, in order. */
  #due: Uncommitted<CommittableT>[] = [];
  #committing: CommitProgress | undefined;
  #isRecovering = false;

  /** Resolves when the latest snapshot has become state; those who wait for it are told in the order in which they asked. */
  #previousSnapshot: Promise<void> = Promise.resolve();
  #snapshotsUnderWay = 0;

  #inputHasEnded = false;
  #endIsSnapshotted = false;
  #isClosed = false;
  #callOffRetry: (() => void) | undefined;

  constructor(sink: Sink<T, CommittableT, WriterStateT>, retries: number = COMMIT_RETRIES_DEFAULT) {
    this.#sink = sink;
    this.#retries = retries;
  }

  open(context: OperatorContext<never>): void {
    this.#context = context;
    this.#output = context.output;
    this.#committablesState = context.operatorState.list("sink-committables");
    this.#writerState = context.operatorState.list("sink-writer-state");
    const sinkContext = sinkContextOf(context);
    this.#writer = this.#sink.createWriter(sinkContext, [...this.#writerState.get()]);
    this.#committer = this.#sink.createCommitter?.(sinkContext);
    if (this.#committer !== undefined) {
      this.#due = [...this.#committablesState.get()]
        .map((entry) => ({ ...entry, recovered: true }))
        .sort((a, b) => a.checkpointId - b.checkpointId);
    }
    this.#isRecovering = this.#due.length > 0;
    this.#commitDue();
  }

  processRecord(value: T, timestampMs: number): void {
    this.#writer.write(value, timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#writer.writeWatermark?.(timestampMs);
    this.#output.emitWatermark(timestampMs);
  }

  available(): boolean {
    return !this.#isRecovering && (this.#writer.available?.() ?? true);
  }

  prepareSnapshot(checkpointId: number): Promise<void> {
    const isEnd = this.#inputHasEnded;
    const taken = this.#snapshotWriter(checkpointId).then(() => {
      if (!isEnd) return;
      this.#endIsSnapshotted = true;
      this.#context.wake();
    });
    // The very promise that the task waits for: whoever comes later is told later.
    this.#previousSnapshot = taken;
    return taken;
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.#makeDue(checkpointId);
  }

  finish(): void {
    this.#inputHasEnded = true;
    if (this.#context.hasFinalCheckpoint) return;
    // Nothing will say that a checkpoint is complete: what is flushed now is committed now.
    const flushed = this.#snapshotWriter(END_OF_INPUT_ID);
    this.#context.runOutside(
      () => flushed,
      () => {
        this.#endIsSnapshotted = true;
        this.#makeDue(END_OF_INPUT_ID);
        this.#context.wake();
      },
    );
  }

  busy(): boolean {
    const endIsOpen = this.#inputHasEnded && (!this.#endIsSnapshotted || this.#pending.length > 0);
    return endIsOpen || this.#snapshotsUnderWay > 0 || this.#due.length > 0;
  }

  commitProgress(): CommitProgress | undefined {
    return this.#committing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callOffRetry?.();
    await this.#writer?.close();
    await this.#committer?.close();
  }

  /**
   * The writer flushes beside the stream. Its result becomes operator state in the task's loop, and never before the task has been
   * told to read what an earlier checkpoint saves: that one would otherwise commit records which its restore writes again.
   */
  #snapshotWriter(checkpointId: number): Promise<void> {
    const flushing = this.#writer.snapshot(checkpointId, this.#inputHasEnded);
    // Taken up only after the previous snapshot; until then a failure is not "unhandled".
    flushing.catch(() => {});
    this.#snapshotsUnderWay++;
    return this.#previousSnapshot.then(
      () =>
        new Promise<void>((resolve) => {
          // A flush that fails fails the task: the records it held would be in no checkpoint.
          this.#context.runOutside(
            () => flushing.catch((cause) => Promise.reject(this.#flushFailed(cause))),
            (snapshot) => {
              this.#take(checkpointId, snapshot);
              resolve();
            },
          );
        }),
    );
  }

  #take(checkpointId: number, snapshot: WriterSnapshot<CommittableT, WriterStateT>): void {
    this.#snapshotsUnderWay--;
    this.#writerState.update(snapshot.state);
    if (this.#committer !== undefined && snapshot.committables.length > 0) {
      this.#pending.push({ checkpointId, committables: snapshot.committables });
      this.#saveCommittables();
    }
  }

  /** A complete checkpoint also completes those before it that were given up: it holds their committables. */
  #makeDue(checkpointId: number): void {
    this.#due.push(...this.#pending.filter((entry) => entry.checkpointId <= checkpointId));
    this.#pending = this.#pending.filter((entry) => entry.checkpointId > checkpointId);
    this.#commitDue();
  }

  #commitDue(): void {
    const committer = this.#committer;
    const next = this.#due[0];
    if (committer === undefined || next === undefined || this.#committing !== undefined) return;
    const { checkpointId } = next;
    this.#committing = { checkpointId, sinceMs: this.#context.clock.nowMs(), failedTries: 0, failure: undefined };
    this.#context.runOutside(
      () => this.#commitWithRetries(committer, next),
      () => {
        this.#committing = undefined;
        this.#due.shift();
        this.#saveCommittables();
        this.#commitDue();
        if (this.#due.length === 0) {
          this.#isRecovering = false;
          this.#context.wake();
        }
      },
    );
  }

  async #commitWithRetries(committer: Committer<CommittableT>, entry: Uncommitted<CommittableT>): Promise<void> {
    for (let retry = 0; ; retry++) {
      try {
        this.#context.checkLeadership?.();
        await committer.commit(entry.committables, this.#commitContext(entry));
        return;
      } catch (cause) {
        if (isOvertaken(cause)) throw cause;
        if (this.#isClosed || retry >= this.#retries) throw this.#commitFailed(entry, retry, cause);
        this.#committing = { ...this.#committing!, failedTries: retry + 1, failure: describeFault(cause) };
        await this.#delay(this.#context.clock);
      }
    }
  }

  #commitContext({ recovered }: Uncommitted<CommittableT>): CommitContext {
    const { checkLeadership } = this.#context;
    return { recovered: recovered === true, ...(checkLeadership === undefined ? {} : { checkLeadership }) };
  }

  #delay(clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      this.#callOffRetry = clock.setAlarm(clock.nowMs() + COMMIT_RETRY_DELAY_MS, resolve);
    });
  }

  /** What already says what happened, as a file that cannot be written does, is left as it is. */
  #flushFailed(cause: unknown): MillraceError {
    if (cause instanceof MillraceError) return cause;
    return new MillraceError("SINK_FAILED", {
      message: `"${this.#context.operatorName}" could not hand over the records that it held: ${describeFault(cause)}`,
      advice: "The job restarts from its last checkpoint and writes them again. Look at the sink's system.",
      next: "restart",
      cause,
    });
  }

  #commitFailed(entry: Uncommitted<CommittableT>, retries: number, cause: unknown): MillraceError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new MillraceError("COMMIT_FAILED", {
      message: `"${this.#context.operatorName}" could not commit what checkpoint ${entry.checkpointId} holds, after ${retries} retries: ${reason}`,
      advice:
        "Nothing is lost: it is part of the checkpoint and is committed again at the restart. Look at the sink's system.",
      next: "restart",
      facts: { checkpointId: entry.checkpointId, committables: entry.committables.length },
      cause,
    });
  }

  #saveCommittables(): void {
    this.#committablesState.update(
      [...this.#due, ...this.#pending].map(({ checkpointId, committables }) => ({ checkpointId, committables })),
    );
  }
}

/** Whoever leads now commits the same. */
function isOvertaken(error: unknown): boolean {
  return error instanceof MillraceError && error.code === "LEADERSHIP_LOST";
}

function sinkContextOf(context: OperatorContext<never>): SinkWriterContext {
  return {
    subtaskIndex: context.subtaskIndex,
    parallelism: context.parallelism,
    sinkName: context.operatorName,
    clock: {
      nowMs: () => context.processingTime.nowMs(),
      // Between two records, and not behind the savepoint of a stop: what a writer did then would come to light although the savepoint
      // knows nothing of it.
      setAlarm: (atMs, ring) => context.processingTime.schedule(atMs, ring),
    },
    wake: () => context.wake(),
    counter: (name) => context.metrics.counter(name),
    metrics: context.metrics,
    runOutside: (work, done, failed) => context.runOutside(work, done, failed),
    ...(context.deliver === undefined ? {} : { deliver: context.deliver }),
  };
}
