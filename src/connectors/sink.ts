import type { Clock } from "../core/clock.ts";
import type { MetricGroup } from "../core/metric-group.ts";
import type { OutsideWork } from "./source.ts";

export interface SinkWriterContext extends OutsideWork {
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly sinkName: string;
  readonly clock: Clock;
  /** The writer can be fed again (after `available` was false). */
  wake(): void;
  /** A counter of the sink's. Short for `metrics.counter(name)`. */
  counter(name: string): { count: number };
  /** Figures of the sink's own, which people see beside those of its operator. */
  readonly metrics: MetricGroup;
  /**
   * Carries plain data to `Sink.receive` in the thread that called `execute`, in order. Left out where writer and committer run in
   * that thread with the same sink object.
   */
  deliver?(message: unknown): void;
}

/** What a writer hands over at a barrier. Both parts are plain data and become part of the checkpoint. */
export interface WriterSnapshot<CommittableT, WriterStateT> {
  /**
   * What is to be made visible once the checkpoint is complete. It stays with the committer until `commit` has resolved for it: where
   * this checkpoint is given up, or the next one comes before the commit is done, it is part of the next one too.
   */
  readonly committables: readonly CommittableT[];
  /** What a restored writer goes on from; on another parallelism a writer may get several of these, or none. */
  readonly state: readonly WriterStateT[];
}

/** Writes the records of one subtask. `write` is synchronous and buffers; what waits for the outside is mail. */
export interface SinkWriter<T, CommittableT = never, WriterStateT = never> {
  write(value: T, timestampMs: number): void;
  writeWatermark?(timestampMs: number): void;
  /** False while more is buffered than the writer's bound; the task then stops feeding it until it calls `wake`. */
  available?(): boolean;
  /**
   * Called at the barrier, and at the end of a job without checkpoints: everything written so far belongs to it, nothing written
   * later does. The promise resolves when that is flushed and durable; records go on being written meanwhile.
   */
  snapshot(checkpointId: number, endOfInput: boolean): Promise<WriterSnapshot<CommittableT, WriterStateT>>;
  close(): Promise<void>;
}

/** What a committer is told beside the committables. */
export interface CommitContext {
  /**
   * They come out of a restored checkpoint, so they may have been committed before the failure, and whoever uses them may have taken them
   * away since. False: nobody else has ever committed them, and what is missing is lost.
   */
  readonly recovered: boolean;
  /**
   * To be called again before each step of a commit that has several. With high availability another process may have taken the job over
   * meanwhile; it commits the same.
   * @throws {MillraceError} `LEADERSHIP_LOST` where one may have.
   */
  checkLeadership?(): void;
}

/** Makes committables visible. Idempotent: after a restore, all of the checkpoint's are committed again, in the order of checkpoints. */
export interface Committer<CommittableT> {
  commit(committables: readonly CommittableT[], context: CommitContext): Promise<void>;
  close(): Promise<void>;
}

/** A sink (Flink's Sink v2). With a committer its output is exactly-once. */
export interface Sink<T, CommittableT = never, WriterStateT = never> {
  readonly guarantee: "exactly-once" | "at-least-once" | "none";
  createWriter(
    context: SinkWriterContext,
    restored: readonly WriterStateT[],
  ): SinkWriter<T, CommittableT, WriterStateT>;
  createCommitter?(context: SinkWriterContext): Committer<CommittableT>;
  /** Called in the thread that called `execute` with what the writers and the committer of this sink deliver. */
  receive?(message: unknown): void;
  readonly _record?: T;
}

export type AnySink<T> = Sink<T, any, any>;
