import { UploadedFiles } from "../../checkpoint/state-files.ts";
import { ConfigError } from "../../core/errors.ts";
import { previewOf } from "../../core/fault-text.ts";
import type { OperatorId } from "../../core/ids.ts";
import { keyGroupRangeOf } from "../../core/key-group.ts";
import type { Counter } from "../../core/metric-group.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import type { ChainedOperator, JobVertex } from "../../graph/job-graph.ts";
import { FilterOperator } from "../../operators/filter-operator.ts";
import { MapOperator } from "../../operators/map-operator.ts";
import type { OneInputOperator, Operator, Output, OutputTag, TwoInputOperator } from "../../operators/operator.ts";
import { type EnumeratorGateway, SourceOperator } from "../../operators/source-operator.ts";
import { HeapOperatorStateBackend } from "../../state/heap/heap-operator-state-backend.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { OperatorStateBackend } from "../../state/operator-state-backend.ts";
import type { UnusedStates } from "../messages.ts";
import type { OperatorMetrics } from "../metrics/task-reading.ts";
import { attribute } from "./fault.ts";
import { createKeyedState, localCopies } from "./keyed-state.ts";
import {
  countedOutput,
  discard,
  fanOut,
  filterLink,
  freezing,
  intoKeyedOperator,
  intoOperator,
  mapLink,
  type Push,
} from "./link.ts";
import { OperatorTaskContext } from "./operator-task-context.ts";
import type { RecordWriter } from "./record-writer.ts";
import type { Mailbox, TaskEnvironment } from "./task-environment.ts";
import { tellWhereabouts } from "./whereabouts.ts";

/** One operator of the chain with all that belongs to it. */
export interface ChainMember {
  readonly id: OperatorId;
  readonly name: string;
  readonly operator: Operator<any>;
  readonly context: OperatorTaskContext;
  readonly keyedState: KeyedStateBackend | undefined;
  /** What of its files is where checkpoints are. */
  readonly uploads: UploadedFiles;
  readonly operatorState: OperatorStateBackend;
  /** By logical input: takes a record. */
  readonly inputs: readonly Push[];
  readonly output: ChainOutput;
  /**
   * How many records it had taken in this attempt when its input ended; 0 where it had ended before the snapshot that it was restored from.
   * Dealt out anew, its input may bring more: then it ends again.
   */
  endedAfter: number | undefined;
}

/** An output edge as the chain sees it. */
export interface EdgeOutput {
  readonly chainIndex: number;
  readonly tag: OutputTag<any> | undefined;
  readonly writer: RecordWriter;
}

export interface ChainPlace {
  readonly subtaskIndex: number;
  readonly maxParallelism: number;
  readonly attempt: number;
  readonly isRestored: boolean;
}

/**
 * The operators of one subtask, linked so that a record passes all of them in one synchronous call.
 *
 *     input ──▶ [head] ──▶ [map] ──▶ [window] ──▶ edges
 *                 └──▶ side output ──▶ [sink]
 */
export class OperatorChain {
  /** Head first. */
  readonly members: readonly ChainMember[];
  #isOpen = false;

  constructor(
    vertex: JobVertex,
    place: ChainPlace,
    edges: readonly EdgeOutput[],
    mailbox: Mailbox,
    gateway: EnumeratorGateway,
    environment: TaskEnvironment,
  ) {
    const members: ChainMember[] = new Array(vertex.chain.length);
    // From the end, so that what an operator feeds exists before it.
    for (let index = vertex.chain.length - 1; index >= 0; index--) {
      const fed = vertex.chain.flatMap((chained, at) =>
        chained.fedBy?.chainIndex === index ? [{ tag: chained.fedBy.tag, member: members[at]! }] : [],
      );
      const output = new ChainOutput(
        fed,
        edges.filter((edge) => edge.chainIndex === index),
        environment.settings.freezeRecords,
      );
      members[index] = createMember(vertex, vertex.chain[index]!, place, output, mailbox, gateway, environment);
    }
    this.members = members;
  }

  get head(): ChainMember {
    return this.members[0]!;
  }

  get source(): SourceOperator<any> | undefined {
    const { operator } = this.head;
    return operator instanceof SourceOperator ? operator : undefined;
  }

  /** Opens from the end, so that an operator may emit while it opens. */
  open(): void {
    for (const member of [...this.members].reverse())
      guarded(member, () => member.operator.open(member.context), "in open");
    this.#isOpen = true;
  }

  /** Once open: the keyed states that were restored and that nobody has opened. */
  unusedStates(): UnusedStates[] {
    return this.members.flatMap(({ name, keyedState }) => {
      const states = keyedState?.unopened().map((state) => state.name) ?? [];
      return states.length === 0 ? [] : [{ operatorName: name, states }];
    });
  }

  get available(): boolean {
    for (const { operator } of this.members)
      if (operator.available !== undefined && !operator.available()) return false;
    return true;
  }

  get busy(): boolean {
    return this.members.some(({ operator }) => operator.busy?.() === true);
  }

  processWatermark(timestampMs: number): void {
    passWatermark(this.head, timestampMs);
  }

  processIdle(idle: boolean): void {
    passIdle(this.head, idle);
  }

  setBlocked(blocked: boolean): void {
    for (const { operator } of this.members) operator.setBlocked?.(blocked);
  }

  /** @returns whether all operators have finished. Where not, one still has records to put out: to be called again. */
  finish(): boolean {
    for (const member of this.members) {
      if (!hasEnded(member) && !guarded(member, () => finished(member.operator), "at the end of its input"))
        return false;
      member.endedAfter = recordsInto(member);
    }
    return true;
  }

  async close(): Promise<void> {
    for (const member of this.members) member.context.release();
    const failures: unknown[] = [];
    for (const { operator, context } of this.members) {
      await Promise.resolve()
        .then(() => operator.close?.())
        .catch((error) => failures.push(context.blame(error, "in close")));
    }
    for (const member of this.members) member.keyedState?.dispose();
    if (failures.length > 0) throw failures[0];
  }

  /** `inputWatermarkMs`: the last one that the head was given. */
  metrics(subtaskIndex: number, inputWatermarkMs: number): OperatorMetrics[] {
    return this.members.map((member) => ({
      operatorId: member.id,
      operatorName: member.name,
      subtaskIndex,
      ...member.context.registry.read(),
      watermarkMs: member.output.watermarkMs,
      inputWatermarkMs: this.#inputWatermarkOf(member, inputWatermarkMs),
      late: [...member.context.late],
      nextEventTimeMs: this.#isOpen ? member.operator.nextEventTimeMs?.() : undefined,
      splits: this.#isOpen ? member.operator.splitProgress?.() : undefined,
      committing: this.#isOpen ? member.operator.commitProgress?.() : undefined,
    }));
  }

  /** Records that leave the subtask: of each operator with an edge, all that it puts out there. */
  get recordsOut(): number {
    return this.members.reduce((sum, { output }) => sum + (output.hasEdge ? output.emitted.count : 0), 0);
  }

  #inputWatermarkOf(member: ChainMember, inputWatermarkMs: number): number | undefined {
    if (member === this.head) return this.source === undefined ? inputWatermarkMs : undefined;
    return this.members.find(({ output }) => output.feeds(member))!.output.watermarkMs;
  }
}

/** Where one operator's records, side outputs and watermarks go: into the next ones of the chain, and to edges. */
export class ChainOutput implements Output<any> {
  readonly emit: Push;
  readonly emitted: Counter = { count: 0 };
  watermarkMs: number = MIN_TIMESTAMP;
  readonly #side: ReadonlyMap<string, Push>;
  readonly #members: readonly ChainMember[];
  readonly #edges: readonly EdgeOutput[];

  constructor(
    fed: readonly { tag: OutputTag<any> | undefined; member: ChainMember }[],
    edges: readonly EdgeOutput[],
    freezeRecords: boolean,
  ) {
    const main = [
      ...fed.filter(({ tag }) => tag === undefined).map(({ member }) => member.inputs[0]!),
      ...edges.filter(({ tag }) => tag === undefined).map(({ writer }) => writer.push),
    ];
    const target = fanOut(main);
    this.emit = countedOutput(this.emitted, freezeRecords ? freezing(target) : target);
    this.#side = sideOutputs(fed, edges);
    this.#members = fed.map(({ member }) => member);
    this.#edges = edges;
  }

  /** Whether its records leave the chain here; side outputs aside. */
  get hasEdge(): boolean {
    return this.#edges.some(({ tag }) => tag === undefined);
  }

  feeds(member: ChainMember): boolean {
    return this.#members.includes(member);
  }

  emitSide<S>(tag: OutputTag<S>, value: S, timestampMs: number): void {
    const push = this.#side.get(tag?.id);
    if (push !== undefined) push(value, timestampMs);
    else if (typeof tag?.id !== "string") throw notATag(tag);
  }

  emitWatermark(timestampMs: number): void {
    this.watermarkMs = timestampMs;
    for (const member of this.#members) passWatermark(member, timestampMs);
    for (const { writer } of this.#edges) writer.send({ kind: "watermark", timestampMs });
  }

  emitIdle(idle: boolean): void {
    for (const member of this.#members) passIdle(member, idle);
    for (const { writer } of this.#edges) writer.send({ kind: "idle", idle });
  }
}

function notATag(tag: unknown): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `a record was put out to ${previewOf(tag)}, which is no output tag.`,
    advice:
      'Declare the tag once, const late = outputTag<Order>("late"), and name it in context.output(late, order) and in getSideOutput(late).',
  });
}

function sideOutputs(
  fed: readonly { tag: OutputTag<any> | undefined; member: ChainMember }[],
  edges: readonly EdgeOutput[],
): ReadonlyMap<string, Push> {
  const targets = new Map<string, Push[]>();
  const add = (tag: OutputTag<any> | undefined, push: Push): void => {
    if (tag !== undefined) targets.set(tag.id, [...(targets.get(tag.id) ?? []), push]);
  };
  for (const { tag, member } of fed) add(tag, member.inputs[0]!);
  for (const { tag, writer } of edges) add(tag, writer.push);
  return new Map([...targets].map(([id, pushes]) => [id, fanOut(pushes)]));
}

function createMember(
  vertex: JobVertex,
  chained: ChainedOperator,
  place: ChainPlace,
  output: ChainOutput,
  mailbox: Mailbox,
  gateway: EnumeratorGateway,
  environment: TaskEnvironment,
): ChainMember {
  const { node } = chained;
  const keyedState = node.keySelectors.some((selector) => selector !== undefined)
    ? (environment.createKeyedState ?? createKeyedState)(environment.settings, {
        keyGroups: keyGroupRangeOf(place.subtaskIndex, vertex.parallelism, place.maxParallelism),
        maxParallelism: place.maxParallelism,
        clock: environment.clock,
        operatorName: node.name,
      })
    : undefined;
  const operatorState = new HeapOperatorStateBackend(node.name);
  const operator = createOperator(chained, gateway, environment);
  const context = new OperatorTaskContext(
    { operatorId: chained.operatorId, operatorName: node.name, parallelism: vertex.parallelism, ...place },
    output,
    { keyed: keyedState, operator: operatorState },
    mailbox,
    environment,
  );
  context.registry.adopt("numRecordsOut", output.emitted);
  tellWhereabouts(operator, `"${node.name}" (${place.subtaskIndex + 1}/${vertex.parallelism})`, keyedState);
  return {
    id: chained.operatorId,
    name: node.name,
    operator,
    context,
    keyedState,
    uploads: new UploadedFiles(localCopies(environment.settings, `${chained.operatorId}-${place.subtaskIndex}`)),
    operatorState,
    inputs: linkInputs(chained, operator, keyedState, output, context),
    output,
    endedAfter: undefined,
  };
}

function createOperator(
  chained: ChainedOperator,
  gateway: EnumeratorGateway,
  environment: TaskEnvironment,
): Operator<any> {
  const { body } = chained.node;
  if (body.kind !== "source") return body.create();
  return new SourceOperator({
    source: body.source,
    watermarks: body.watermarks,
    autoWatermarkIntervalMs: environment.settings.autoWatermarkIntervalMs,
    gateway,
  });
}

function linkInputs(
  chained: ChainedOperator,
  operator: Operator<any>,
  keyedState: KeyedStateBackend | undefined,
  output: ChainOutput,
  context: OperatorTaskContext,
): readonly Push[] {
  const { body, keySelectors } = chained.node;
  if (body.kind === "source") return [discard()];
  const input = context.counter("numRecordsIn");
  const blame = (error: unknown, value: unknown): unknown => attribute(error, context.place, value);
  if (operator instanceof MapOperator) return [mapLink(operator.fn, output.emit, input, blame)];
  if (operator instanceof FilterOperator) return [filterLink(operator.fn, output.emit, input, blame)];
  const methods =
    body.kind === "one-input" ? (["processRecord"] as const) : (["processRecord1", "processRecord2"] as const);
  return methods.map((method, index) => {
    const keySelector = keySelectors[index];
    return keySelector === undefined || keyedState === undefined
      ? intoOperator(operator as OneInputOperator<any, any> | TwoInputOperator<any, any, any>, method, input, blame)
      : intoKeyedOperator(operator, method, keySelector, keyedState, input, blame);
  });
}

function passIdle(member: ChainMember, idle: boolean): void {
  if (member.operator.processIdle === undefined) member.output.emitIdle(idle);
  else guarded(member, () => member.operator.processIdle!(idle));
}

function passWatermark({ operator, context }: ChainMember, timestampMs: number): void {
  try {
    operator.processWatermark(timestampMs);
  } catch (error) {
    const reached = timestampMs === MAX_TIMESTAMP ? "the end of its input" : `watermark ${timestampMs}`;
    throw context.blame(error, context.onTimer("a timer", reached));
  }
}

/** Whether its input has ended, and `finish` has been called for all of it. */
export function hasEnded(member: ChainMember): boolean {
  return member.endedAfter === recordsInto(member);
}

function finished(operator: Operator<any>): boolean {
  if (operator.endInput?.() === false) return false;
  operator.finish?.();
  return true;
}

/** A source has no input: to ask for its counter would make one, which stays at 0. */
function recordsInto({ operator, context }: ChainMember): number {
  return operator instanceof SourceOperator ? 0 : context.counter("numRecordsIn").count;
}

/** Runs what is not about one record, and says in which operator it failed. */
export function guarded<R>({ context }: ChainMember, run: () => R, doing?: string): R {
  try {
    return run();
  } catch (error) {
    throw context.blame(error, doing);
  }
}
