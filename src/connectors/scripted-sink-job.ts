/**
 * A job of a replayable source and a sink under test, for tests: it writes, takes checkpoints, is cut off at any place, and starts
 * again from its last completed checkpoint, as the runtime does it.
 */

import { ManualClock } from "../core/manual-clock.ts";
import { unseenMetrics } from "./scripted-metrics.ts";
import { ScriptedMailbox } from "./scripted-reader-context.ts";
import type { AnySink, Committer, SinkWriter, SinkWriterContext, WriterSnapshot } from "./sink.ts";

/** What survives a crash. */
export interface SinkCheckpoint {
  /** Records before it are part of the checkpoint. */
  readonly position: number;
  readonly states: readonly unknown[];
  readonly committables: readonly unknown[];
  /** Time goes on from here. */
  readonly nowMs: number;
}

export const NO_CHECKPOINT: SinkCheckpoint = { position: 0, states: [], committables: [], nowMs: 0 };

export class ScriptedSinkJob<T> {
  readonly clock: ManualClock;
  readonly mailbox: ScriptedMailbox = new ScriptedMailbox();
  readonly writers: readonly SinkWriter<T, unknown, unknown>[];
  wakeCount = 0;
  readonly counters: Map<string, { count: number }> = new Map();
  /** The last completed checkpoint. */
  latest: SinkCheckpoint;
  readonly #values: readonly T[];
  readonly #committer: Committer<unknown> | undefined;
  /** Handed over and not known to be committed: part of every checkpoint until they are. */
  #uncommitted: readonly unknown[];
  /** How many of them the last completed checkpoint holds. */
  #coveredCount: number;
  #position: number;
  #checkpointId = 0;

  constructor(sink: AnySink<T>, parallelism: number, values: readonly T[], restored: SinkCheckpoint = NO_CHECKPOINT) {
    this.latest = restored;
    this.#uncommitted = restored.committables;
    this.#coveredCount = restored.committables.length;
    this.#values = values;
    this.#position = restored.position;
    this.clock = new ManualClock(restored.nowMs);
    const contextOf = (subtaskIndex: number): SinkWriterContext => ({
      subtaskIndex,
      parallelism,
      sinkName: "scripted sink",
      clock: this.clock,
      wake: () => {
        this.wakeCount++;
      },
      metrics: unseenMetrics,
      counter: (name) => {
        const counter = this.counters.get(name) ?? { count: 0 };
        this.counters.set(name, counter);
        return counter;
      },
      runOutside: (work, done, failed) => this.mailbox.runOutside(work, done, failed),
    });
    this.#committer = sink.createCommitter?.(contextOf(0));
    this.writers = Array.from({ length: parallelism }, (_, subtaskIndex) =>
      sink.createWriter(
        contextOf(subtaskIndex),
        restored.states.filter((_state, place) => place % parallelism === subtaskIndex),
      ),
    );
  }

  get position(): number {
    return this.#position;
  }

  /** What the restored checkpoint holds is committed again, before anything else. */
  async start(): Promise<void> {
    await this.commit(true);
  }

  write(count: number): void {
    for (let left = count; left > 0 && this.#position < this.#values.length; left--) {
      const place = this.#position++;
      this.writers[place % this.writers.length]!.write(this.#values[place]!, place);
    }
    this.mailbox.deliver();
  }

  /** Takes a checkpoint, writing `meanwhile` more records before it is complete, and commits it. */
  async checkpoint(meanwhile = 0): Promise<void> {
    await this.completeCheckpoint(meanwhile);
    await this.commit();
  }

  async completeCheckpoint(meanwhile = 0, endOfInput = false): Promise<void> {
    const position = this.#position;
    const snapshots = await this.#snapshot(meanwhile, endOfInput);
    this.#uncommitted = [...this.#uncommitted, ...snapshots.flatMap((snapshot) => snapshot.committables)];
    const states = snapshots.flatMap((snapshot) => snapshot.state);
    this.#coveredCount = this.#uncommitted.length;
    this.latest = structuredClone({
      position,
      states,
      committables: this.#uncommitted,
      nowMs: this.clock.nowMs(),
    });
  }

  /** A checkpoint that everybody answered and that is given up all the same. */
  async abandonCheckpoint(meanwhile = 0): Promise<void> {
    const snapshots = await this.#snapshot(meanwhile, false);
    this.#uncommitted = [...this.#uncommitted, ...snapshots.flatMap((snapshot) => snapshot.committables)];
  }

  /** Commits what the last completed checkpoint holds. */
  async commit(recovered = false): Promise<void> {
    await this.#committer?.commit(this.latest.committables, { recovered });
    this.#uncommitted = this.#uncommitted.slice(this.#coveredCount);
    this.#coveredCount = 0;
  }

  /** Writes what is left, and ends. */
  async finish(): Promise<void> {
    this.write(Number.POSITIVE_INFINITY);
    await this.completeCheckpoint(0, true);
    await this.commit();
    await this.close();
    await this.mailbox.deliverAll();
  }

  async close(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.close()));
    await this.#committer?.close();
  }

  async #snapshot(meanwhile: number, endOfInput: boolean): Promise<WriterSnapshot<unknown, unknown>[]> {
    this.#checkpointId++;
    const answers = Promise.all(this.writers.map((writer) => writer.snapshot(this.#checkpointId, endOfInput)));
    this.write(meanwhile);
    return await answers;
  }
}
