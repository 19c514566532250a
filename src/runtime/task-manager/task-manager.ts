import { invariant } from "../../core/invariant.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { ChannelReader, ChannelWriter } from "../channel/channel.ts";
import { LocalChannel } from "../channel/local-channel.ts";
import { RingReader, RingWriter } from "../channel/ring-channel.ts";
import type { ChannelDeployment, TaskCommand, TaskDeployment, TaskId } from "../messages.ts";
import type { TaskReading } from "../metrics/task-reading.ts";
import { TurnTimes } from "../metrics/turn-times.ts";
import { attribute } from "../task/fault.ts";
import type { EdgeOutput } from "../task/operator-chain.ts";
import { RecordWriter } from "../task/record-writer.ts";
import { Subtask, type SubtaskInput } from "../task/subtask.ts";
import type { TaskEnvironment } from "../task/task-environment.ts";

/** Records that a subtask takes before the next one has its turn: large enough to hide the loop, small enough to stay responsive. */
const STEP_RECORDS = 512;

type DeployCommand = Extract<TaskCommand, { kind: "deploy" }>;

/** Both ends of the channels of one deployment that this task manager holds. */
interface ChannelEnds {
  readonly writers: ReadonlyMap<string, ChannelWriter>;
  readonly readers: ReadonlyMap<string, ChannelReader>;
}

/** Runs the subtasks that the job manager deploys on it, in one thread: each in turn does a bounded step. */
export class TaskManager {
  readonly #index: number;
  readonly #jobGraph: JobGraph;
  readonly #environment: TaskEnvironment;
  readonly #wakePeer: (manager: number) => void;
  readonly #stepRecords: number;
  #subtasks: Subtask[] = [];
  readonly #times: TurnTimes;
  #oldestUnflushedMs: number | undefined;

  /** `wakePeer` wakes another task manager that may sleep, because a ring that it reads or writes has changed. */
  constructor(
    index: number,
    jobGraph: JobGraph,
    environment: TaskEnvironment,
    wakePeer: (manager: number) => void,
    stepRecords: number = STEP_RECORDS,
  ) {
    this.#stepRecords = stepRecords;
    this.#index = index;
    this.#jobGraph = jobGraph;
    this.#environment = environment;
    this.#wakePeer = wakePeer;
    this.#times = new TurnTimes(environment.stopwatch);
  }

  handle(command: TaskCommand): void {
    switch (command.kind) {
      case "deploy":
        this.#deploy(command);
        break;
      case "cancel":
        for (const task of command.tasks) this.#find(task)?.cancel();
        break;
      case "trigger-checkpoint": {
        const { id, triggeredMs, checkpointKind: kind, target, stop, unaligned } = command;
        const barrier = { id, triggeredMs, kind, target, stop, unaligned };
        for (const task of command.tasks) this.#find(task)?.triggerCheckpoint(barrier);
        break;
      }
      case "checkpoint-completed":
        for (const subtask of this.#subtasks) subtask.checkpointCompleted(command.id);
        break;
      case "checkpoint-aborted":
        for (const subtask of this.#subtasks) subtask.checkpointAborted(command.id);
        break;
      case "add-splits":
        this.#find(command.task)?.addSplits(command.splits);
        break;
      case "no-more-splits":
        this.#find(command.task)?.noMoreSplits();
        break;
      case "source-event":
        this.#find(command.task)?.sourceEvent(command.event);
        break;
      case "report-metrics":
        this.#environment.report({ kind: "metrics", readings: this.readings() });
        break;
    }
    this.#environment.wake();
  }

  /** One turn: every subtask steps once. @returns whether any has more to do at once. */
  turn(): boolean {
    let more = false;
    let ended = false;
    const measured = this.#times.beginTurn(this.#subtasks);
    if (measured) for (const subtask of this.#subtasks) subtask.setQueued(true);
    for (const subtask of this.#subtasks) {
      const status = subtask.step(this.#stepRecords);
      if (measured) this.#times.stepped(subtask);
      subtask.times.hasMore = status === "more";
      if (status === "more") more = true;
      else if (status === "ended") ended = true;
    }
    if (measured) for (const subtask of this.#subtasks) subtask.setQueued(false);
    this.#times.endTurn(this.#subtasks);
    if (ended) this.#subtasks = this.#subtasks.filter((subtask) => subtask.step(0) !== "ended");
    for (const subtask of this.#subtasks) subtask.refreshInputs();
    this.#flushIfDue();
    return more;
  }

  /** Before the thread sleeps: nothing may wait in a half-full frame, and nothing may be ready. @returns whether it may sleep. */
  prepareToSleep(): boolean {
    for (const subtask of this.#subtasks) {
      subtask.flush();
      subtask.refreshInputs();
    }
    if (this.#subtasks.some((subtask) => subtask.ready)) return false;
    this.#times.sleep();
    return true;
  }

  readings(): TaskReading[] {
    this.#times.settle(this.#subtasks);
    return this.#subtasks.map((subtask) => subtask.reading());
  }

  #find(task: TaskId): Subtask | undefined {
    return this.#subtasks.find(({ id }) => id.vertexId === task.vertexId && id.subtaskIndex === task.subtaskIndex);
  }

  #flushIfDue(): void {
    const { bufferTimeoutMs } = this.#environment.settings;
    if (bufferTimeoutMs < 0) return;
    const nowMs = this.#environment.clock.nowMs();
    this.#oldestUnflushedMs ??= nowMs;
    if (nowMs - this.#oldestUnflushedMs < bufferTimeoutMs) return;
    this.#oldestUnflushedMs = undefined;
    for (const subtask of this.#subtasks) subtask.flush();
  }

  #deploy(command: DeployCommand): void {
    const { tasks } = command;
    const ends = this.#openChannels(command.channels);
    const subtasks = tasks.map((task) => this.#createSubtask(task, command, ends));
    const deployed = new Set(tasks.map(({ task }) => nameOf(task)));
    this.#subtasks = [...this.#subtasks.filter(({ id }) => !deployed.has(nameOf(id))), ...subtasks];
    this.#sortUpstreamFirst();
    for (const subtask of subtasks) subtask.initialize();
  }

  /** A turn then carries a record as far as it can go. */
  #sortUpstreamFirst(): void {
    const order = new Map(this.#jobGraph.vertices.map(({ id }, index) => [id, index]));
    this.#subtasks.sort((a, b) => order.get(a.id.vertexId)! - order.get(b.id.vertexId)!);
  }

  #openChannels(channels: readonly ChannelDeployment[]): ChannelEnds {
    const writers = new Map<string, ChannelWriter>();
    const readers = new Map<string, ChannelReader>();
    for (const channel of channels) {
      const name = channelName(channel.edgeIndex, channel.sourceSubtask, channel.targetSubtask);
      const { ring } = channel;
      if (ring === undefined) {
        const local = new LocalChannel();
        writers.set(name, local);
        readers.set(name, local);
      } else if (ring.sourceManager === this.#index) {
        writers.set(name, new RingWriter(ring.memory, () => this.#wakePeer(ring.targetManager)));
      } else {
        readers.set(name, new RingReader(ring.memory, () => this.#wakePeer(ring.sourceManager)));
      }
    }
    return { writers, readers };
  }

  #createSubtask(deployment: TaskDeployment, { channels, maxParallelism }: DeployCommand, ends: ChannelEnds): Subtask {
    const { vertexId, subtaskIndex } = deployment.task;
    const vertex = this.#jobGraph.vertices.find(({ id }) => id === vertexId);
    invariant(vertex !== undefined, "a deployed vertex is in the plan", { vertexId });
    const writersTo = new Map<string, ChannelWriter[]>();
    const edges: EdgeOutput[] = vertex.outputs.map((edge) => {
      const targets = channels
        .filter((channel) => channel.edgeIndex === edge.index && channel.sourceSubtask === subtaskIndex)
        .map(({ targetSubtask }) => targetSubtask)
        .sort((a, b) => a - b);
      const writers = targets.map((target) => ends.writers.get(channelName(edge.index, subtaskIndex, target))!);
      for (const [index, writer] of writers.entries()) {
        const name = nameOf({ vertexId: edge.target, subtaskIndex: targets[index]! });
        writersTo.set(name, [...(writersTo.get(name) ?? []), writer]);
      }
      const place = `key or partitioner behind operator "${vertex.chain[edge.sourceChainIndex]!.node.name}"`;
      const target = { subtaskIndex, maxParallelism: maxParallelism[edge.target]!, random: this.#environment.random };
      const writer = new RecordWriter(edge.partitioning, writers, target, (error, value) =>
        attribute(error, place, value),
      );
      return { chainIndex: edge.sourceChainIndex, tag: edge.tag, writer };
    });
    for (const together of writersTo.values()) {
      for (const writer of together) writer.goTogetherWith(together.filter((other) => other !== writer));
    }
    const inputs: SubtaskInput[] = vertex.inputs.flatMap((edge) =>
      channels
        .filter((channel) => channel.edgeIndex === edge.index && channel.targetSubtask === subtaskIndex)
        .sort((a, b) => a.sourceSubtask - b.sourceSubtask)
        .map((channel) => ({
          source: { vertexId: edge.source, subtaskIndex: channel.sourceSubtask },
          reader: ends.readers.get(channelName(edge.index, channel.sourceSubtask, subtaskIndex))!,
          origin: {
            edge,
            sourceSubtask: channel.sourceSubtask,
            sourceParallelism: this.#jobGraph.vertices.find(({ id }) => id === edge.source)!.parallelism,
          },
        })),
    );
    return new Subtask(vertex, deployment, inputs, edges, this.#environment);
  }
}

function channelName(edgeIndex: number, sourceSubtask: number, targetSubtask: number): string {
  return `${edgeIndex}:${sourceSubtask}:${targetSubtask}`;
}

function nameOf(task: TaskId): string {
  return `${task.vertexId}:${task.subtaskIndex}`;
}
