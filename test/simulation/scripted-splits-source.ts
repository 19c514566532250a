import { FixedSplitsEnumerator, type FixedSplitsState } from "../../src/connectors/fixed-splits-enumerator.ts";
import type {
  PollStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
} from "../../src/connectors/source.ts";
import type { SeededRandom } from "./random.ts";
import { END, type SourceScenario, type TimedRecord } from "./scenario.ts";

export interface ScriptedSplit {
  readonly splitId: string;
  readonly index: number;
  readonly position: number;
}

/** Hears whether all of a split has been read. */
type NoteEnd = (split: number, isRead: boolean) => void;

/** A source whose readers give a few records at a time, pause as the seed says, and ask for splits or are given them. */
export class ScriptedSplitsSource implements Source<TimedRecord, ScriptedSplit, FixedSplitsState<ScriptedSplit>> {
  readonly boundedness: "bounded" | "continuous";
  readonly replayable = true;
  readonly #scenario: SourceScenario;
  readonly #random: SeededRandom;
  readonly #noteEnd: NoteEnd;

  constructor(scenario: SourceScenario, random: SeededRandom, noteEnd: NoteEnd) {
    this.#scenario = scenario;
    this.#random = random;
    this.#noteEnd = noteEnd;
    this.boundedness = scenario.isUnbounded ? "continuous" : "bounded";
  }

  createEnumerator(
    context: SplitEnumeratorContext<ScriptedSplit>,
    restored: FixedSplitsState<ScriptedSplit> | undefined,
  ): SplitEnumerator<ScriptedSplit, FixedSplitsState<ScriptedSplit>> {
    const splits = () => this.#scenario.splits.map((_, index) => ({ splitId: `split-${index}`, index, position: 0 }));
    return this.#scenario.assignment === "fixed"
      ? new FixedSplitsEnumerator(context, splits, restored)
      : new OnRequestEnumerator(context, splits, restored);
  }

  createReader(context: SourceReaderContext): SourceReader<TimedRecord, ScriptedSplit> {
    return new ScriptedReader(context, this.#scenario, this.#random, this.#noteEnd);
  }
}

class OnRequestEnumerator implements SplitEnumerator<ScriptedSplit, FixedSplitsState<ScriptedSplit>> {
  readonly #context: SplitEnumeratorContext<ScriptedSplit>;
  #pending: { readonly place: number; readonly split: ScriptedSplit }[];

  constructor(
    context: SplitEnumeratorContext<ScriptedSplit>,
    splits: () => readonly ScriptedSplit[],
    restored: FixedSplitsState<ScriptedSplit> | undefined,
  ) {
    this.#context = context;
    this.#pending = restored === undefined ? splits().map((split, place) => ({ place, split })) : [...restored.pending];
  }

  start(): void {}

  addReader(): void {}

  handleSplitRequest(subtaskIndex: number): void {
    const next = this.#pending.shift();
    if (next === undefined) this.#context.noMoreSplits(subtaskIndex);
    else this.#context.assign(subtaskIndex, [next.split]);
  }

  addSplitsBack(splits: readonly ScriptedSplit[]): void {
    this.#pending.push(...splits.map((split) => ({ place: split.index, split })));
    this.#pending.sort((a, b) => a.place - b.place);
  }

  snapshot(): FixedSplitsState<ScriptedSplit> {
    return { pending: [...this.#pending] };
  }

  close(): void {}
}

class ScriptedReader implements SourceReader<TimedRecord, ScriptedSplit> {
  readonly #context: SourceReaderContext;
  readonly #scenario: SourceScenario;
  readonly #random: SeededRandom;
  readonly #noteEnd: NoteEnd;
  #open: { readonly splitId: string; readonly index: number; position: number }[] = [];
  #noMoreSplits = false;
  #requested = false;
  #callOffPause: (() => void) | undefined;

  constructor(context: SourceReaderContext, scenario: SourceScenario, random: SeededRandom, noteEnd: NoteEnd) {
    this.#context = context;
    this.#scenario = scenario;
    this.#random = random;
    this.#noteEnd = noteEnd;
  }

  start(): void {
    this.#requestIfIdle();
  }

  poll(output: ReaderOutput<TimedRecord>, recordsMax: number): PollStatus {
    if (this.#callOffPause !== undefined) return "nothing";
    if (this.#open.length === 0) return this.#noMoreSplits ? "finished" : "nothing";
    if (this.#random.chance(0.2)) {
      this.#pause();
      return "nothing";
    }
    const split = this.#random.pick(this.#open);
    const records = this.#scenario.splits[split.index]!;
    for (let left = Math.min(recordsMax, this.#random.between(1, 4)); left > 0; left--) {
      const record = records[split.position];
      if (record === undefined) break;
      output.split(split.splitId).collect(record);
      split.position++;
    }
    if (split.position >= records.length) this.#noteEnd(split.index, true);
    if (split.position >= records.length && this.#scenario.isUnbounded) {
      // It is neither read on nor part of any position: whoever restarts from here hears it again.
      output.split(split.splitId).collect(END);
      if (this.#open.every(({ index, position }) => position >= this.#scenario.splits[index]!.length)) {
        this.#pause();
        return "nothing";
      }
    } else if (split.position >= records.length) {
      this.#open = this.#open.filter((other) => other !== split);
      output.releaseSplit(split.splitId);
      this.#requestIfIdle();
    }
    return this.#open.length === 0 && this.#noMoreSplits ? "finished" : this.#open.length === 0 ? "nothing" : "more";
  }

  addSplits(splits: readonly ScriptedSplit[]): void {
    this.#requested = false;
    this.#open.push(...splits.map((split) => ({ ...split })));
    for (const { index } of splits) this.#noteEnd(index, false);
    this.#context.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#context.wake();
  }

  snapshot(): readonly ScriptedSplit[] {
    return this.#open.map((split) => ({ ...split }));
  }

  close(): void {
    this.#callOffPause?.();
  }

  #requestIfIdle(): void {
    if (this.#scenario.assignment === "fixed" || this.#open.length > 0 || this.#requested || this.#noMoreSplits) return;
    this.#requested = true;
    this.#context.requestSplit();
  }

  #pause(): void {
    this.#callOffPause = this.#context.clock.setAlarm(this.#context.clock.nowMs() + this.#random.between(1, 20), () => {
      this.#callOffPause = undefined;
      this.#context.wake();
    });
  }
}
