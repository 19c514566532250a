import type { CheckpointStatistic } from "../../checkpoint/statistics.ts";
import { bytesText, durationText } from "../../core/figures.ts";
import type { TaskId } from "../messages.ts";
import type { CheckpointReading, Queued } from "../metrics/task-reading.ts";
import type { Finding } from "./finding.ts";
import { type JobFacts, labelOf, readingOf } from "./job-facts.ts";

/** Below this no checkpoint is called slow, however often they are taken. */
const SLOW_MS = 1_000;
/** Where nothing says how often they are to be taken. */
const INTERVAL_DEFAULT_MS = 10_000;

const UNALIGNED_ADVICE = "Make the slow operator faster, or give it more subtasks.";
const ALIGNED_ADVICE =
  "Unaligned checkpoints (execution.checkpointing.unaligned.enabled: true) let the barrier overtake what is queued; otherwise make the slow operator faster, or give it more subtasks.";

/** Why the newest checkpoint failed or takes long. Nothing where checkpoints are quick. */
export function explainCheckpoints(facts: JobFacts): readonly Finding[] {
  const { latest, history } = facts.checkpoints;
  const slowMs = slowFromMs(facts);
  const underWay = history.filter(
    ({ status, trigger_timestamp }) => status === "IN_PROGRESS" && facts.nowMs - trigger_timestamp >= slowMs,
  );
  const findings = underWay.map((checkpoint) => slow(facts, checkpoint));
  const { failed, completed } = latest;
  if (failed !== null && failed.id > Math.max(completed?.id ?? 0, latest.savepoint?.id ?? 0))
    findings.push(failure(facts, failed));
  if (completed !== null && completed.end_to_end_duration >= slowMs) findings.push(slowButDone(facts, completed));
  if (completed !== null) findings.push(newest(facts, completed));
  return findings;
}

/** From when on a checkpoint, or what follows from it, is called slow. */
export function slowFromMs({ details }: JobFacts): number {
  return Math.max(SLOW_MS, details.settings.checkpointing.intervalMs ?? INTERVAL_DEFAULT_MS);
}

/** Where a restart goes on, for nobody should have to search for that. */
function newest(
  { nowMs }: JobFacts,
  { id, external_path, state_size, trigger_timestamp }: CheckpointStatistic,
): Finding {
  const ago = durationText(nowMs - trigger_timestamp);
  return {
    kind: "checkpoint",
    severity: "info",
    sentence: `a restart goes on from checkpoint ${id}, taken ${ago} ago (${bytesText(state_size)}), at ${external_path}.`,
    facts: { id, location: external_path, stateBytes: state_size },
  };
}

function slow(facts: JobFacts, checkpoint: CheckpointStatistic): Finding {
  const { id, trigger_timestamp, num_subtasks, num_acknowledged_subtasks } = checkpoint;
  const sinceMs = facts.nowMs - trigger_timestamp;
  const stuck = coordinatorPhase(facts, checkpoint) ?? stuckTask(facts, checkpoint);
  const done = num_subtasks === 0 ? "" : `, ${num_acknowledged_subtasks} of ${num_subtasks} subtasks are done`;
  return {
    kind: "checkpoint",
    severity: "warning",
    sentence: `${nameOf(checkpoint)} has been under way for ${durationText(sinceMs)}${done}${stuck === undefined ? "" : `: ${stuck.sentence}`}.`,
    ...about(facts, stuck),
    facts: { id, sinceMs, ...stuck?.facts },
  };
}

function failure(facts: JobFacts, checkpoint: CheckpointStatistic): Finding {
  const { id, failure_message } = checkpoint;
  const stuck = stuckTask(facts, checkpoint);
  const [first = "it was given up"] = (failure_message ?? "").split("\n");
  const latest = facts.checkpoints.latest.completed;
  const stands = latest === null ? "there is none to go back to" : `a restart goes back to checkpoint ${latest.id}`;
  return {
    kind: "checkpoint",
    severity: "error",
    sentence: `${nameOf(checkpoint)} failed: ${withoutEnd(first.replace(/^[A-Z_]+: /, ""))}${stuck === undefined ? "" : `: ${stuck.sentence}`}; ${stands}.`,
    ...about(facts, stuck),
    facts: { id, message: failure_message, ...stuck?.facts },
  };
}

/** Of one that is complete, its own figures say where the time went. */
function slowButDone(facts: JobFacts, checkpoint: CheckpointStatistic): Finding {
  const { id, end_to_end_duration: durationMs, subtasks, trigger_timestamp, latest_ack_timestamp } = checkpoint;
  const commit: SlowPart = {
    subtask: undefined,
    phase: "commit",
    ms: latest_ack_timestamp < 0 ? 0 : trigger_timestamp + durationMs - latest_ack_timestamp,
    doing: COMMITTING,
    advice: STORAGE,
  };
  const parts: readonly SlowPart[] = subtasks.flatMap((subtask) => [
    {
      subtask,
      phase: "start-delay",
      ms: subtask.startDelayMs,
      doing: "waited for the barrier",
      advice: barrierAdvice(facts),
    },
    {
      subtask,
      phase: "alignment",
      ms: subtask.alignmentMs,
      doing: "waited for the barriers of its other inputs",
      advice: barrierAdvice(facts),
    },
    {
      subtask,
      phase: "sync",
      ms: subtask.syncMs,
      doing: "stood still to freeze its state",
      advice: "Do less in snapshotState.",
    },
    {
      subtask,
      phase: "async",
      ms: subtask.asyncMs,
      doing: `wrote ${bytesText(subtask.writtenBytes)} of state`,
      advice: WRITING,
    },
  ]);
  const longest = parts.reduce((most, part) => (part.ms > most.ms ? part : most), commit);
  const task = longest.subtask;
  const who = task === undefined ? "" : `${labelOf(facts, task)} `;
  const where = longest.ms > 0 ? `: ${who}${longest.doing} for ${durationText(longest.ms)}` : "";
  return {
    kind: "checkpoint",
    severity: "warning",
    sentence: `${nameOf(checkpoint)} took ${durationText(durationMs)}${where}.`,
    advice: longest.advice,
    facts: { id, durationMs, phase: longest.phase, task: task && labelOf(facts, task), phaseMs: longest.ms },
  };
}

/** Where the time of a complete one may have gone. */
interface SlowPart {
  /** Undefined: it was the job manager's part. */
  readonly subtask: TaskId | undefined;
  readonly phase: "start-delay" | "alignment" | "sync" | "async" | "commit";
  readonly ms: number;
  readonly doing: string;
  readonly advice: string;
}

const COMMITTING = "its metadata, which makes it count, was on its way to the storage";

const STORAGE =
  "Look at the storage of the checkpoints (execution.checkpointing.dir): it answers slowly, or not at all.";

const WRITING =
  "Incremental checkpoints write only what is new (RocksDB, execution.checkpointing.incremental: true); otherwise look at what is growing, and at the storage.";

const FLUSHING = "The system that it writes to does not answer, or not fast enough: look there.";

/** What brings barriers through faster. */
function barrierAdvice({ details }: JobFacts): string {
  return details.settings.checkpointing.unaligned === undefined ? ALIGNED_ADVICE : UNALIGNED_ADVICE;
}

interface Stuck {
  readonly sentence: string;
  readonly advice: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What the job manager does before the first barrier, and after the last subtask. */
function coordinatorPhase({ nowMs }: JobFacts, checkpoint: CheckpointStatistic): Stuck | undefined {
  const { num_subtasks, num_acknowledged_subtasks, latest_ack_timestamp } = checkpoint;
  if (num_subtasks === 0) {
    return {
      sentence: "no barrier has been sent yet, for neither its folder nor what the sources' enumerators know is ready",
      advice: STORAGE,
      facts: { phase: "start" },
    };
  }
  if (num_acknowledged_subtasks < num_subtasks) return undefined;
  return {
    sentence: `${COMMITTING} for ${durationText(nowMs - latest_ack_timestamp)}`,
    advice: STORAGE,
    facts: { phase: "commit" },
  };
}

function about(facts: JobFacts, stuck: Stuck | undefined): Pick<Finding, "advice"> {
  if (stuck !== undefined) return { advice: stuck.advice };
  const { timeoutMs } = facts.details.settings.checkpointing;
  return {
    advice: `Look at the operators that have not answered; the limit is ${durationText(timeoutMs)} (execution.checkpointing.timeout).`,
  };
}

/**
 * The first subtask in the direction of the stream that is not done: what is behind it waits for it. Where a barrier has to come through a
 * queue, that is where it is.
 */
function stuckTask(facts: JobFacts, checkpoint: CheckpointStatistic): Stuck | undefined {
  const done = new Set(checkpoint.subtasks.map(({ vertexId, subtaskIndex }) => `${vertexId}:${subtaskIndex}`));
  for (const { id: vertexId, subtasks } of facts.details.vertices) {
    for (const { subtaskIndex, status } of subtasks) {
      // One that has ended takes no part in it.
      if (status === "finished" || done.has(`${vertexId}:${subtaskIndex}`)) continue;
      const stuck = describe(facts, { vertexId, subtaskIndex }, checkpoint.id);
      if (stuck !== undefined) return stuck;
    }
  }
  return undefined;
}

function describe(facts: JobFacts, task: TaskId, checkpointId: number): Stuck | undefined {
  const reading = readingOf(facts, task);
  if (reading === undefined) return undefined;
  const part: CheckpointReading | undefined = reading.checkpoints.find(({ id }) => id === checkpointId);
  const who = labelOf(facts, task);
  const phase = part?.phase ?? "no-barrier";
  const given = { task: who, phase, waitsFor: part?.waitsFor };
  const forMs = part?.sinceMs === undefined || part.givenUp ? undefined : facts.nowMs - part.sinceMs;
  const duration = forMs === undefined ? "" : ` for ${durationText(forMs)}`;
  if (phase === "writing") {
    return { sentence: `${who} was writing its state${duration}`, advice: WRITING, facts: given };
  }
  if (phase === "flushing") {
    const operator = labelOf(facts, task, part?.operatorName);
    return {
      sentence: `${operator} was flushing what it had been given before${duration}`,
      advice: FLUSHING,
      facts: given,
    };
  }
  const channels = part?.waitsFor ?? reading.inputs.map(({ source, queued }) => ({ source, queued }));
  const fullest = channels.toSorted((a, b) => b.queued.count - a.queued.count)[0];
  if (fullest === undefined) {
    return {
      sentence: `${who} had not begun, which a source does between two records: it is busy with one, or held back`,
      advice: "Look at who is the bottleneck: a source that is held back takes its part only between what it may send.",
      facts: given,
    };
  }
  const ahead = fullest.queued.count === 0 ? "" : `, behind ${queuedText(fullest.queued)} that it has yet to take`;
  const from = labelOf(facts, fullest.source);
  return {
    sentence:
      phase === "aligning"
        ? `${who} has the barrier from its other inputs and waits for that from ${from}${ahead}`
        : `the barrier has not come to ${who} yet: it is on its way from ${from}${ahead}`,
    advice: barrierAdvice(facts),
    facts: { ...given, ahead: fullest.queued },
  };
}

function queuedText({ count, unit }: Queued): string {
  return unit === "bytes" ? bytesText(count) : `${count} records`;
}

function nameOf({ id, is_savepoint }: CheckpointStatistic): string {
  return `${is_savepoint ? "savepoint" : "checkpoint"} ${id}`;
}

function withoutEnd(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
