import { decodeValue, encodeValue } from "../../codec/value-codec.ts";
import type { AnySource, SplitEnumerator, SplitEnumeratorContext } from "../../connectors/source.ts";
import type { Clock } from "../../core/clock.ts";
import { attribute, NO_RECORD } from "../task/fault.ts";

/** How a source's coordinator reaches its readers, by subtask. */
export interface ReaderGateway {
  addSplits(subtaskIndex: number, splits: readonly unknown[]): void;
  noMoreSplits(subtaskIndex: number): void;
  sendEvent(subtaskIndex: number, event: unknown): void;
}

/** Splits handed out since some checkpoint was begun: they belong to no completed one that is older. */
interface Assignment {
  readonly subtaskIndex: number;
  readonly splits: readonly unknown[];
  /** The newest checkpoint begun before it. */
  readonly afterCheckpoint: number;
}

/**
 * Runs the enumerator of one source beside the job manager. Between the enumerator's snapshot and the barrier at the readers it holds
 * messages to them back, so that a split handed out in between is in exactly one of both.
 */
export class SourceCoordinator {
  readonly #source: AnySource<unknown>;
  readonly #name: string;
  readonly #parallelism: number;
  readonly #clock: Clock;
  readonly #gateway: ReaderGateway;
  readonly #fail: (error: Error) => void;
  readonly #readers = new Set<number>();
  #enumerator: SplitEnumerator<any, any> | undefined;
  /** Grows at each reset: what an earlier enumerator still has under way is not for this one. */
  #life = 0;
  #assignments: Assignment[] = [];
  #begunCheckpoint = 0;
  #held: (() => void)[] | undefined;

  constructor(
    source: AnySource<unknown>,
    place: { readonly name: string; readonly parallelism: number; readonly clock: Clock },
    gateway: ReaderGateway,
    fail: (error: Error) => void,
  ) {
    this.#source = source;
    this.#name = place.name;
    this.#parallelism = place.parallelism;
    this.#clock = place.clock;
    this.#gateway = gateway;
    this.#fail = fail;
  }

  /** Starts a new enumerator, from `state` in checkpoint `restoredId` (0: from nothing); all readers are new too. */
  reset(state: Uint8Array | undefined, restoredId: number): void {
    this.close();
    // It may have been begun by another process.
    this.#begunCheckpoint = Math.max(this.#begunCheckpoint, restoredId);
    this.#life++;
    this.#readers.clear();
    this.#assignments = [];
    this.#held = undefined;
    this.#guarded(() => {
      this.#enumerator = this.#source.createEnumerator(
        this.#context(this.#life),
        state === undefined ? undefined : decodeValue(state),
      );
      this.#enumerator.start();
    });
  }

  /** One reader restarts from checkpoint `restoredId` (0: from nothing) while others go on: it loses what it was given since. */
  resetReader(subtaskIndex: number, restoredId: number): void {
    this.#readers.delete(subtaskIndex);
    const lost = this.#assignments.filter(
      (one) => one.subtaskIndex === subtaskIndex && one.afterCheckpoint >= restoredId,
    );
    this.#assignments = this.#assignments.filter((one) => !lost.includes(one));
    const splits = lost.flatMap((one) => one.splits);
    if (splits.length > 0) this.#guarded(() => this.#enumerator?.addSplitsBack(splits, subtaskIndex));
  }

  readerStarted(subtaskIndex: number): void {
    this.#readers.add(subtaskIndex);
    this.#guarded(() => this.#enumerator?.addReader(subtaskIndex));
  }

  splitRequested(subtaskIndex: number): void {
    this.#guarded(() => this.#enumerator?.handleSplitRequest(subtaskIndex));
  }

  eventReceived(subtaskIndex: number, event: unknown): void {
    this.#guarded(() => this.#enumerator?.handleEvent?.(subtaskIndex, event));
  }

  /** From here until `release`, nothing reaches the readers. */
  snapshot(checkpointId: number): Uint8Array {
    this.#held ??= [];
    this.#begunCheckpoint = checkpointId;
    return encodeValue(this.#enumerator?.snapshot(checkpointId));
  }

  /** The barriers are at the readers, or the checkpoint was given up. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  checkpointCompleted(checkpointId: number): void {
    this.#assignments = this.#assignments.filter((one) => one.afterCheckpoint >= checkpointId);
  }

  close(): void {
    const enumerator = this.#enumerator;
    this.#enumerator = undefined;
    this.#life++;
    enumerator?.close();
  }

  #context(life: number): SplitEnumeratorContext<unknown> {
    const current = (run: () => void): void => {
      if (life === this.#life) this.#guarded(run);
    };
    return {
      parallelism: this.#parallelism,
      sourceName: this.#name,
      clock: this.#clock,
      readers: () => [...this.#readers],
      assign: (subtaskIndex, splits) =>
        this.#send(() => {
          this.#assignments.push({ subtaskIndex, splits, afterCheckpoint: this.#begunCheckpoint });
          this.#gateway.addSplits(subtaskIndex, splits);
        }),
      noMoreSplits: (subtaskIndex) => this.#send(() => this.#gateway.noMoreSplits(subtaskIndex)),
      sendEvent: (subtaskIndex, event) => this.#send(() => this.#gateway.sendEvent(subtaskIndex, event)),
      runOutside: (work, done, failed) => {
        Promise.resolve()
          .then(work)
          .then(
            (result) => current(() => done(result)),
            (error: unknown) => current(() => (failed === undefined ? this.#blame(error) : failed(error))),
          );
      },
    };
  }

  #send(send: () => void): void {
    if (this.#held === undefined) send();
    else this.#held.push(send);
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#blame(error);
    }
  }

  #blame(error: unknown): void {
    this.#fail(attribute(error, `source "${this.#name}" (enumerator)`, NO_RECORD));
  }
}
