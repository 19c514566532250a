import { MillraceError, serializeError } from "../../core/errors.ts";
import type { CheckpointId } from "../../core/ids.ts";
import { invariant } from "../../core/invariant.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import { mayBeOvertaken } from "../../graph/connection.ts";
import type { JobVertex } from "../../graph/job-graph.ts";
import type { Barrier, ChannelEvent, ChannelReader, Traffic } from "../channel/channel.ts";
import type { TaskDeployment, TaskId, TaskStatus, UnusedStates } from "../messages.ts";
import type { CheckpointReading, TaskReading } from "../metrics/task-reading.ts";
import { TaskTimer } from "../metrics/turn-times.ts";
import { type AlignmentStep, BarrierAlignment } from "./barrier-alignment.ts";
import { InputChannel } from "./input-channel.ts";
import { type EdgeOutput, guarded, OperatorChain } from "./operator-chain.ts";
import { RecoveredInput } from "./recovered-input.ts";
import { restoreChain } from "./restore-chain.ts";
import type { InputOrigin } from "./restore-in-flight.ts";
import { StepPace } from "./step-pace.ts";
import { type AlignmentFigures, SubtaskCheckpoint } from "./subtask-checkpoint.ts";
import type { Mailbox, TaskEnvironment } from "./task-environment.ts";
import { WatermarkValve } from "./watermark-valve.ts";

/** Frozen entries that one step scans beside its records: less than a tenth of a millisecond's work where they are small. */
const SCAN_ENTRIES_MAX = 500;

/** How long that may take where they are large: the stream waits for as long. */
const SCAN_MS_MAX = 2;

/** How long the records of one step may take: mail (a checkpoint, an abort) and other subtasks wait for as long. */
const STEP_MS_MAX = 10;

/** `more`: step again at once. `idle`: nothing to do until something wakes the task manager. `ended`: never again. */
export type StepStatus = "more" | "idle" | "ended";

/** An input channel, and where it comes from. */
export interface SubtaskInput {
  /** Who sends. */
  readonly source: TaskId;
  readonly reader: ChannelReader;
  readonly origin: InputOrigin;
}

/**
 * One parallel instance of a vertex: inputs, a chain of operators with their state, outputs. Synchronous and steppable; whatever waits
 * for the outside comes back as mail between two records.
 *
 *     mail ─┐
 *     recovered in-flight data ───┐
 *     channels ─▶ alignment, valve ─▶ chain ─▶ record writers
 *     source poll ───────────────────▶ ┘
 */
export class Subtask implements Mailbox {
  readonly id: TaskId;
  readonly attempt: number;
  readonly times: TaskTimer = new TaskTimer();
  readonly #vertex: JobVertex;
  readonly #deployment: TaskDeployment;
  readonly #environment: TaskEnvironment;
  readonly #chain: OperatorChain;
  readonly #edges: readonly EdgeOutput[];
  readonly #inputs: readonly SubtaskInput[];
  readonly #channels: readonly InputChannel[];
  readonly #recovered: RecoveredInput;
  readonly #alignment: BarrierAlignment;
  readonly #valve: WatermarkValve;
  readonly #blocking: boolean;
  #mail: (() => void)[] = [];
  #status: TaskStatus = "initializing";
  #checkpoints: SubtaskCheckpoint[] = [];
  #alignmentStart = { ms: 0, receivedBytes: 0 };
  readonly #recordsPace: StepPace;
  readonly #take = (recordsMax: number): boolean => this.#takeRecords(recordsMax);
  readonly #scanPace: StepPace;
  readonly #scan = (entriesMax: number): boolean => this.#scanCheckpoints(entriesMax);
  readonly #deployedMs: number;
  #initializationMs = 0;
  /** Of the last checkpoint that it took part in. */
  #lastBarrier: AlignmentFigures = { startDelayMs: 0, alignmentMs: 0, processedBytes: 0 };
  /** All input has ended. */
  #inputEnded = false;
  /** What came of it has been put out too, and those behind it have been told. */
  #dataEnded = false;
  /** The savepoint with which the job is drained, until then. */
  #drainedBy: Barrier | undefined;
  #sourceHasMore = false;
  #wasOpen = true;
  /** The end of the partition has been sent; what is left is that all of it gets away. */
  #partitionEnded = false;
  /** The first checkpoint taken after the end of input; once complete, the subtask may finish. */
  #finalId: CheckpointId | undefined;
  #completedId = 0;
  #newestBarrierId = 0;
  #givenUp: CheckpointReading | undefined;
  /** The savepoint with which the job is being stopped: its source sends no more. */
  #quiescedBy: CheckpointId | undefined;
  #heldOutput: (() => void)[] = [];

  constructor(
    vertex: JobVertex,
    deployment: TaskDeployment,
    inputs: readonly SubtaskInput[],
    edges: readonly EdgeOutput[],
    environment: TaskEnvironment,
  ) {
    this.id = deployment.task;
    this.attempt = deployment.attempt;
    this.#vertex = vertex;
    this.#deployment = deployment;
    this.#environment = environment;
    this.#deployedMs = environment.clock.nowMs();
    this.#recordsPace = new StepPace(environment.clock, STEP_MS_MAX);
    this.#scanPace = new StepPace(environment.clock, SCAN_MS_MAX);
    this.#edges = edges;
    this.#blocking = environment.settings.checkpointing.mode === "EXACTLY_ONCE";
    this.#chain = new OperatorChain(
      vertex,
      {
        subtaskIndex: deployment.task.subtaskIndex,
        maxParallelism: deployment.maxParallelism,
        attempt: deployment.attempt,
        isRestored: deployment.restore !== undefined,
      },
      edges,
      this,
      {
        requestSplit: () => environment.report({ kind: "request-split", task: this.id, attempt: this.attempt }),
        sendEvent: (event) => environment.report({ kind: "source-event", task: this.id, attempt: this.attempt, event }),
      },
      environment,
    );
    const forced = environment.settings.checkpointing.unaligned?.forced === true;
    const mayOvertake = inputs.map(({ origin }) => mayBeOvertaken(origin.edge.partitioning, forced));
    // Recovered data counts as one more channel: barriers of aligned checkpoints wait behind it.
    this.#alignment = new BarrierAlignment([...mayOvertake, true]);
    this.#valve = new WatermarkValve(
      inputs.length,
      {
        watermark: (timestampMs) => this.#chain.processWatermark(timestampMs),
        idle: (idle) => this.#chain.processIdle(idle),
      },
      () => environment.clock.nowMs(),
    );
    this.#recovered = new RecoveredInput(this.#valve);
    this.#inputs = inputs;
    this.#channels = inputs.map(
      ({ source, reader, origin }, index) =>
        new InputChannel(index, source, reader, this.#chain.head.inputs[origin.edge.targetInput]!, (channel, event) =>
          this.#onEvent(channel, event),
        ),
    );
  }

  get status(): TaskStatus {
    return this.#status;
  }

  /** What it has counted and measured up to now. */
  reading(): TaskReading {
    const inputWatermarkMs = this.#valve.watermarkMs;
    const sourced = this.#chain.source !== undefined;
    const sent = sumOf(this.#edges.map(({ writer }) => writer.traffic));
    const received = sumOf(this.#channels.flatMap(({ traffic }) => traffic ?? []));
    const { startDelayMs, alignmentMs } = this.#lastBarrier;
    const operators = this.#chain.metrics(this.id.subtaskIndex, inputWatermarkMs);
    return {
      task: this.id,
      taskName: this.#vertex.name,
      attempt: this.attempt,
      atMs: this.#environment.clock.nowMs(),
      deployedMs: this.#deployedMs,
      counters: {
        numRecordsIn: sourced ? 0 : this.#chain.head.context.counter("numRecordsIn").count,
        numRecordsOut: this.#chain.recordsOut,
        numBytesIn: received.bytes,
        numBytesInLocal: 0,
        numBytesInRemote: received.bytes,
        numBytesOut: sent.bytes,
        numBuffersOut: sent.buffers,
        numBuffersInLocal: 0,
        numBuffersInRemote: received.buffers,
        numFiredTimers: operators.reduce((sum, { counters }) => sum + (counters["numFiredTimers"] ?? 0), 0),
      },
      gauges: {
        ...(sourced ? {} : { currentInputWatermark: inputWatermarkMs }),
        isBackPressured: this.isBackPressured,
        mailboxQueueSize: this.#mail.length,
        initializationTime: this.#initializationMs,
        checkpointStartDelayNanos: startDelayMs * 1_000_000,
        ...(sourced ? {} : { checkpointAlignmentTime: alignmentMs * 1_000_000 }),
      },
      times: this.times.snapshot(),
      operators,
      inputs: this.#valve.channels.map(({ watermarkMs, changedMs, idle, ended }, index) => {
        const { source, queued } = this.#channels[index]!;
        return { source, watermarkMs, changedMs, idle, ended, queued };
      }),
      checkpoints: [...this.#checkpointsUnderWay(), ...(this.#givenUp === undefined ? [] : [this.#givenUp])],
    };
  }

  #checkpointsUnderWay(): CheckpointReading[] {
    const writing = this.#checkpoints.map(({ barrier: { id }, startMs: sinceMs, flushing }): CheckpointReading => {
      const phase = flushing === undefined ? "writing" : "flushing";
      return { id, phase, operatorName: flushing, sinceMs, waitsFor: [], givenUp: false };
    });
    const pending = this.#alignment.pending?.id;
    if (pending === undefined) return writing;
    const waitsFor = this.#channels
      .filter(({ index, ended }) => !ended && !this.#alignment.hasArrived(index))
      .map(({ source, queued }) => ({ source, queued }));
    const sinceMs = this.#alignmentStart.ms;
    const others = writing.filter(({ id }) => id !== pending);
    return [{ id: pending, phase: "aligning", sinceMs, waitsFor, givenUp: false }, ...others];
  }

  /** What it is asked about afterwards: why it was not done with that checkpoint. */
  #rememberGivenUp(id: CheckpointId): void {
    const underWay = this.#checkpointsUnderWay().find((one) => one.id === id);
    if (underWay !== undefined) this.#givenUp = { ...underWay, givenUp: true };
    else if (id > this.#newestBarrierId) {
      const waitsFor = this.#channels.map(({ source, queued }) => ({ source, queued }));
      this.#givenUp = { id, phase: "no-barrier", sinceMs: undefined, waitsFor, givenUp: true };
    }
  }

  /** It cannot hand on what it has: a channel is full, or an operator holds as much as it may. */
  get isBackPressured(): boolean {
    return this.#status === "running" && !this.#canTakeRecords;
  }

  /** For one turn, everything within the thread waits for its receiver's own step. */
  setQueued(queued: boolean): void {
    for (const channel of this.#channels) channel.setQueued(queued);
  }

  /** Reads what is to be restored, then opens the operators and runs. */
  initialize(): void {
    this.runOutside(
      () => {
        const { settings, store } = this.#environment;
        const { stateBackend } = settings;
        const directory = stateBackend === "hashmap" ? undefined : stateBackend.localDirectory;
        const origins = this.#inputs.map(({ origin }) => origin);
        return restoreChain(this.#chain.members, this.#deployment, this.#vertex, origins, store, directory);
      },
      ({ apply, inFlight, warnings }) => {
        apply();
        this.#recovered.add(inFlight);
        if (this.#recovered.isEmpty) this.#alignment.end(this.#recoveredIndex);
        this.#chain.open();
        this.#initializationMs = this.#environment.clock.nowMs() - this.#deployedMs;
        this.#move("running", this.#chain.unusedStates(), warnings);
        if (this.#deployment.finishedBefore) this.#passEndOn();
        this.refreshInputs();
      },
    );
  }

  post(letter: () => void): void {
    if (this.#hasEnded) return;
    this.#mail.push(letter);
    this.#environment.wake();
  }

  postOutput(letter: () => void): void {
    this.post(() => {
      if (this.#quiescedBy === undefined) letter();
      else this.#heldOutput.push(letter);
    });
  }

  runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void {
    Promise.resolve()
      .then(work)
      .then(
        (result) => this.post(() => done(result)),
        (error: unknown) => this.post(() => (failed === undefined ? this.#fail(error) : failed(error))),
      );
  }

  /** A bounded piece of work: mail, a slice of a running snapshot, then records. Never throws: a failure is reported. */
  step(recordsMax: number): StepStatus {
    if (this.#hasEnded) return "ended";
    try {
      const worked = this.#work(recordsMax);
      if (this.#hasEnded) return "ended";
      return worked || this.#mail.length > 0 ? "more" : "idle";
    } catch (error) {
      this.#fail(error);
      return "ended";
    }
  }

  /** Opens or closes the input channels by whether records can be taken now. */
  refreshInputs(): void {
    const open = this.#canTakeRecords && this.#recovered.isEmpty;
    if (this.#status === "running" && open !== this.#wasOpen) {
      this.#wasOpen = open;
      this.#chain.setBlocked(!open);
    }
    const { overtaking } = this.#alignment;
    const aligning = this.#blocking && this.#alignment.pending !== undefined && !overtaking;
    for (const channel of this.#channels) {
      const waits = aligning && this.#alignment.hasArrived(channel.index);
      channel.setOpen(open && !waits, overtaking && this.#alignment.isMissing(channel.index));
    }
  }

  /** Hands over what waits in frames for more records. */
  flush(): void {
    for (const { writer } of this.#edges) writer.flush();
  }

  /** Whether anything could be done without being woken; asked before the thread goes to sleep. */
  get ready(): boolean {
    return (
      this.#mail.length > 0 ||
      this.#channels.some((channel) => channel.ready || channel.hasArrivals) ||
      ((this.#sourceHasMore || !this.#recovered.isEmpty) && this.#quiescedBy === undefined && this.#canTakeRecords)
    );
  }

  triggerCheckpoint(barrier: Barrier): void {
    this.post(() => {
      if (this.#status !== "running") this.#decline(barrier, new Error("the task is not running yet"), false);
      // Nobody would read a barrier behind the end of the partition.
      else if (this.#partitionEnded) this.#decline(barrier, new Error("the task is about to finish"), false);
      else this.#align(undefined, barrier);
    });
  }

  checkpointCompleted(id: CheckpointId): void {
    this.post(() => {
      if (id > this.#completedId) this.#completedId = id;
      for (const { operator } of this.#chain.members) operator.notifyCheckpointComplete?.(id);
    });
  }

  checkpointAborted(id: CheckpointId): void {
    this.post(() => {
      this.#rememberGivenUp(id);
      this.#alignment.abort(id);
      if (this.#quiescedBy === id) this.#goOn();
      if (this.#drainedBy?.id === id) this.#drainedBy = undefined;
      for (const checkpoint of this.#checkpoints) if (checkpoint.barrier.id === id) checkpoint.abort();
      this.#checkpoints = this.#checkpoints.filter((checkpoint) => checkpoint.barrier.id !== id);
      for (const { operator } of this.#chain.members) operator.notifyCheckpointAborted?.(id);
      this.refreshInputs();
    });
  }

  addSplits(splits: readonly unknown[]): void {
    this.post(() =>
      guarded(this.#chain.head, () => {
        this.#source.addSplits(splits);
        // The last checkpoint of a job that is stopped does not ask for state anew; nothing but splits can have come since its savepoint.
        if (this.#quiescedBy !== undefined) this.#source.prepareSnapshot(this.#quiescedBy);
      }),
    );
  }

  noMoreSplits(): void {
    this.post(() => guarded(this.#chain.head, () => this.#source.noMoreSplits()));
  }

  sourceEvent(event: unknown): void {
    this.post(() => guarded(this.#chain.head, () => this.#source.handleEvent(event)));
  }

  cancel(): void {
    if (!this.#hasEnded) this.#end("canceled");
  }

  get #hasEnded(): boolean {
    return this.#status === "finished" || this.#status === "canceled" || this.#status === "failed";
  }

  get #source() {
    const { source } = this.#chain;
    invariant(source !== undefined, "only a source is given splits", { vertex: this.#vertex.name });
    return source;
  }

  get #canTakeRecords(): boolean {
    if (this.#status !== "running") return false;
    // Behind the savepoint with which the job stops come only barriers; what an operator is full of stays there.
    return !this.#isBlocked && (this.#quiescedBy !== undefined || this.#chain.available);
  }

  /** Asks all outputs, for asking moves on what waits in them. */
  get #isBlocked(): boolean {
    let blocked = false;
    for (const { writer } of this.#edges) if (writer.blocked) blocked = true;
    return blocked;
  }

  /** Among the channels of the alignment, the one that stands for recovered data. */
  get #recoveredIndex(): number {
    return this.#channels.length;
  }

  #work(recordsMax: number): boolean {
    let worked = this.#readMail();
    if (this.#status !== "running") return worked;
    if (this.#checkpoints.length > 0) worked = this.#scanPace.step(SCAN_ENTRIES_MAX, this.#scan) || worked;
    worked = this.#collectInFlight() || worked;
    this.refreshInputs();
    worked = this.#recordsPace.step(recordsMax, this.#take) || worked;
    if (this.#inputEnded) this.#passEndOnceOut();
    this.#finishIfDone();
    return worked;
  }

  #scanCheckpoints(entriesMax: number): boolean {
    let worked = false;
    for (const checkpoint of this.#checkpoints) worked = checkpoint.advance(entriesMax) || worked;
    return worked;
  }

  #readMail(): boolean {
    if (this.#mail.length === 0) return false;
    const letters = this.#mail;
    this.#mail = [];
    for (const letter of letters) if (!this.#hasEnded) letter();
    return true;
  }

  #takeRecords(recordsMax: number): boolean {
    if (!this.#recovered.isEmpty) return this.#takeRecovered(recordsMax);
    const { source } = this.#chain;
    if (source !== undefined) {
      if (this.#inputEnded || this.#quiescedBy !== undefined || !this.#canTakeRecords) return false;
      const status = guarded(this.#chain.head, () => source.poll(recordsMax));
      this.#sourceHasMore = status === "more";
      if (status === "finished") this.#endInput();
      return status !== "nothing";
    }
    let worked = false;
    const ownMs = this.#latestOwnMs();
    for (const channel of this.#channels) {
      if (!channel.ready || channel.isPassedOver(ownMs)) continue;
      channel.poll(recordsMax);
      worked = true;
      if (this.#hasEnded) return true;
      if (!this.#canTakeRecords) break;
    }
    return worked;
  }

  /** How far what this thread itself has sent here since the last turn has come. While a barrier is waited for, everything else is taken. */
  #latestOwnMs(): number {
    let latestMs = MIN_TIMESTAMP;
    for (const channel of this.#channels) latestMs = Math.max(latestMs, channel.takeLatestMs());
    return this.#alignment.pending === undefined ? latestMs : MIN_TIMESTAMP;
  }

  #takeRecovered(recordsMax: number): boolean {
    if (!this.#canTakeRecords) return false;
    this.#recovered.poll(recordsMax);
    if (this.#recovered.isEmpty) this.#step(this.#alignment.end(this.#recoveredIndex));
    return true;
  }

  #onEvent(channel: InputChannel, event: ChannelEvent): void {
    switch (event.kind) {
      case "watermark":
        this.#valve.watermark(channel.index, event.timestampMs);
        break;
      case "idle":
        this.#valve.idle(channel.index, event.idle);
        break;
      case "barrier":
        this.#align(channel.index, event.barrier);
        break;
      case "end-of-data":
        channel.dataEnded = true;
        this.#valve.end(channel.index);
        if (this.#channels.every(({ dataEnded }) => dataEnded)) this.#endInput();
        break;
      case "end-of-partition":
        channel.ended = true;
        channel.setOpen(false);
        this.#step(this.#alignment.end(channel.index));
        break;
    }
  }

  #align(channel: number | undefined, barrier: Barrier): void {
    const before = this.#alignment.pending?.id;
    const step = this.#alignment.barrier(channel, barrier);
    if (step.kind !== "ignore" && before !== barrier.id)
      this.#alignmentStart = { ms: this.#environment.clock.nowMs(), receivedBytes: this.#receivedBytes };
    this.#step(step);
  }

  #step(step: AlignmentStep): void {
    switch (step.kind) {
      case "ignore":
        return;
      case "wait":
        break;
      case "aligned":
        if (this.#channels.length === 0) this.#snapshotSource(step.barrier);
        else this.#snapshotAligned(step.barrier);
        break;
      case "overtake":
        this.#snapshot(step.barrier, true);
        this.#collectInFlight();
        break;
      case "collected":
        this.#lastBarrier = this.#alignmentFigures(step.barrier);
        this.#checkpointOf(step.barrier)?.endInFlight(this.#lastBarrier);
        break;
    }
    this.refreshInputs();
  }

  #checkpointOf({ id }: Barrier): SubtaskCheckpoint | undefined {
    return this.#checkpoints.find(({ barrier }) => barrier.id === id);
  }

  /** Looks for the barriers that overtake what is on the channels, and copies that. @returns whether there was one. */
  #collectInFlight(): boolean {
    const barrier = this.#alignment.pending;
    if (barrier === undefined || !this.#alignment.overtaking) return false;
    const checkpoint = this.#checkpointOf(barrier);
    // One that has failed here is declined; the abort that follows opens the channels again.
    if (checkpoint === undefined) return false;
    const isMissing = (index: number): boolean =>
      this.#alignment.pending === barrier && this.#alignment.isMissing(index);
    let found = false;
    try {
      if (isMissing(this.#recoveredIndex)) {
        for (const { origin, messages } of this.#recovered.rest()) checkpoint.addInFlight(origin, messages);
        this.#step(this.#alignment.barrier(this.#recoveredIndex, barrier));
      }
      for (const { index } of this.#channels) {
        const messages = isMissing(index) ? this.#channels[index]!.overtake(barrier.id) : undefined;
        if (messages === undefined) continue;
        found = true;
        checkpoint.addInFlight(this.#originOf(index), messages);
        this.#step(this.#alignment.barrier(index, barrier));
      }
    } catch (error) {
      checkpoint.fail(this.#chain.head.context.blame(error, "while what is in flight to it was saved"));
    }
    return found;
  }

  #originOf(index: number) {
    const { edge, sourceSubtask, sourceParallelism } = this.#inputs[index]!.origin;
    return {
      target: this.#chain.head.id,
      source: edge.sourceOperatorId,
      tag: edge.tag?.id,
      input: edge.targetInput,
      sourceSubtask,
      sourceParallelism,
      partitioning: edge.partitioning.kind,
    };
  }

  get #receivedBytes(): number {
    return this.#channels.reduce((sum, { traffic }) => sum + (traffic?.bytes ?? 0), 0);
  }

  #alignmentFigures({ triggeredMs }: Barrier): AlignmentFigures {
    const { ms, receivedBytes } = this.#alignmentStart;
    return {
      startDelayMs: Math.max(0, ms - triggeredMs),
      alignmentMs: this.#environment.clock.nowMs() - ms,
      processedBytes: this.#receivedBytes - receivedBytes,
    };
  }

  /** The savepoint with which the job was to stop has failed. */
  #goOn(): void {
    this.#quiescedBy = undefined;
    const held = this.#heldOutput;
    this.#heldOutput = [];
    for (const letter of held) letter();
  }

  /** A source that is being stopped sends nothing behind the barrier; one that is drained ends its input before it. */
  #snapshotSource(barrier: Barrier): void {
    if (barrier.stop === "drain" && !this.#inputEnded) {
      this.#chain.source?.emitEnd();
      this.#endInput();
    }
    this.#snapshotAligned(barrier);
  }

  /** The savepoint with which a job is drained holds nothing that is still under way. */
  #snapshotAligned(barrier: Barrier): void {
    if (barrier.stop === "drain" && !this.#dataEnded) this.#drainedBy = barrier;
    else this.#snapshot(barrier, false);
  }

  /** State freezes, the barrier goes on, and the scan runs beside the records that follow. */
  #snapshot(barrier: Barrier, overtakes: boolean): void {
    this.#newestBarrierId = barrier.id;
    for (const earlier of this.#checkpoints) earlier.scanToEnd();
    if (barrier.stop === "quiesce") this.#quiescedBy = barrier.id;
    if (barrier.stop === "finish") this.#finalId = barrier.id;
    else if (this.#dataEnded) this.#finalId ??= barrier.id;
    this.#lastBarrier = this.#alignmentFigures(barrier);
    const checkpoint = new SubtaskCheckpoint(
      barrier,
      this.#chain.members,
      this.id.subtaskIndex,
      this.#lastBarrier,
      overtakes,
      { store: this.#environment.store, mailbox: this, clock: this.#environment.clock },
      ({ snapshot, stats }) => {
        this.#checkpoints = this.#checkpoints.filter((other) => other !== checkpoint);
        this.#environment.report({
          kind: "snapshot",
          task: this.id,
          attempt: this.attempt,
          id: barrier.id,
          snapshot,
          stats,
        });
      },
      (error) => {
        this.#checkpoints = this.#checkpoints.filter((other) => other !== checkpoint);
        this.#decline(barrier, error, true);
      },
    );
    this.#checkpoints.push(checkpoint);
    this.#send({ kind: "barrier", barrier });
  }

  #decline({ id }: Barrier, error: unknown, counts: boolean): void {
    const declined = { task: this.id, attempt: this.attempt, id, error: serializeError(error), counts };
    this.#environment.report({ kind: "declined", ...declined });
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#passEndOnceOut();
  }

  /**
   * All input has ended: flush the operators, and pass the end on; later, while one of them has records under way. The subtask lives on
   * until its final checkpoint is complete.
   */
  #passEndOnceOut(): void {
    if (this.#dataEnded || this.#quiescedBy !== undefined || !this.#chain.finish()) return;
    this.#dataEnded = true;
    this.#send({ kind: "end-of-data" });
    this.#environment.report({ kind: "end-of-data", task: this.id, attempt: this.attempt });
    const barrier = this.#drainedBy;
    this.#drainedBy = undefined;
    if (barrier !== undefined) this.#snapshot(barrier, false);
  }

  /** For an operator that its snapshot calls done: it only tells those behind it. */
  #passEndOn(): void {
    for (const member of this.#chain.members) member.endedAfter = 0;
    this.#send({ kind: "watermark", timestampMs: MAX_TIMESTAMP });
    this.#endInput();
    this.#finalId = 0 as CheckpointId;
  }

  #finishIfDone(): void {
    const stopped = this.#quiescedBy !== undefined && this.#finalId !== undefined;
    if (!(this.#dataEnded || stopped) || this.#checkpoints.length > 0 || this.#chain.busy) return;
    const waits = stopped || this.#chain.head.context.hasFinalCheckpoint;
    if (waits && (this.#finalId === undefined || this.#completedId < this.#finalId)) return;
    // Whoever still sends to it, if nothing but barriers, would soon wait for a reader in vain.
    if (!this.#channels.every(({ ended }) => ended)) return;
    // Nobody moves on what still waits in the outputs of a subtask that has ended. Until they are free it takes part in checkpoints.
    if (this.#isBlocked) return;
    if (!this.#partitionEnded) {
      this.#partitionEnded = true;
      this.#send({ kind: "end-of-partition" });
    }
    if (!this.#isBlocked) this.#end("finished");
  }

  #send(event: ChannelEvent): void {
    for (const { writer } of this.#edges) {
      writer.send(event);
      writer.flush();
    }
  }

  #fail(error: unknown): void {
    if (!this.#hasEnded) this.#end("failed", error);
  }

  /** The last thing that happens to a subtask. Its end is reported once its operators have let go of what they hold outside. */
  #end(status: "finished" | "canceled" | "failed", error?: unknown): void {
    this.#status = status;
    for (const channel of this.#channels) channel.close();
    for (const checkpoint of this.#checkpoints) checkpoint.abort();
    this.#checkpoints = [];
    this.#mail = [];
    // A task that has failed, or was cancelled because another one had, may soon restore.
    if (status === "finished") for (const { uploads } of this.#chain.members) uploads.copies?.end();
    const reading = this.reading();
    this.#chain.close().then(
      () => this.#reportEnd(status, error, reading),
      (closeError: unknown) => this.#reportEnd(status === "canceled" ? status : "failed", error ?? closeError, reading),
    );
  }

  #reportEnd(status: TaskStatus, error: unknown, reading: TaskReading): void {
    const cause =
      status === "failed"
        ? { error: serializeError(error ?? new MillraceError("JOB_FAILED", { message: "unknown" })) }
        : {};
    this.#environment.report({ kind: "status", task: this.id, attempt: this.attempt, status, reading, ...cause });
  }

  #move(status: TaskStatus, unused: readonly UnusedStates[] = [], warnings: readonly string[] = []): void {
    this.#status = status;
    this.#environment.report({ kind: "status", task: this.id, attempt: this.attempt, status, unused, warnings });
  }
}

function sumOf(traffic: readonly Traffic[]): Traffic {
  return traffic.reduce((sum, { bytes, buffers }) => ({ bytes: sum.bytes + bytes, buffers: sum.buffers + buffers }), {
    bytes: 0,
    buffers: 0,
  });
}
