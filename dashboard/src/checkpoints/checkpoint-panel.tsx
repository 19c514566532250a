import { useRef } from "preact/hooks";
import { bytesText, dateTimeText, durationText } from "../figures/figures.ts";
import { stepsOf } from "../graph/step.ts";
import {
  type Checkpoint,
  type CheckpointDetails,
  checkpointDetails,
  checkpointSubtasks,
  type Job,
  type SubtaskCheckpoint,
} from "../rest/flink.ts";
import { type SavedState, savedStates } from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { jobAddress } from "../route.ts";
import { PHASE_NAMES, PHASES, type Phases, phasesOf, slowestPhases } from "./phases.ts";
import { SavedStates } from "./saved-states.tsx";

interface OperatorRow {
  readonly id: string;
  readonly name: string;
  readonly subtasks: readonly SubtaskCheckpoint[];
  readonly slowest: Phases | undefined;
  readonly durationMs: number;
  readonly bytes: number;
  readonly writtenBytes: number;
  readonly done: number;
  readonly count: number;
  readonly states: readonly SavedState[];
}

interface Answer {
  readonly details: CheckpointDetails;
  /** By vertex. */
  readonly subtasks: ReadonlyMap<string, readonly SubtaskCheckpoint[]>;
  readonly states: readonly SavedState[];
}

export interface CheckpointPanelProps {
  readonly job: Job;
  /** As the list of all has it. */
  readonly one: Checkpoint;
  /** Whether the job manager can be asked for more. */
  readonly isKnown: boolean;
}

/** One checkpoint: which step took how long for what, and what it holds. */
export function CheckpointPanel({ job, one, isKnown }: CheckpointPanelProps) {
  // A complete one changes no more; one under way is asked for again with each subtask that is done.
  const question = `checkpoint ${job.jid} ${one.id} ${one.className} ${one.num_acknowledged_subtasks}`;
  const answer = useAnswer(isKnown ? question : undefined, (signal) => ask(job.jid, one.id, signal));
  const last = useRef<Answer | undefined>(undefined);
  if (answer.value !== undefined) last.current = answer.value;
  const value = last.current;
  if (value === undefined || (!isKnown && value.details.id !== one.id)) {
    return (
      <section class="panel">
        <p class="faint">
          {isKnown ? `Asking for checkpoint ${one.id}…` : `The details of checkpoint ${one.id} are forgotten by now.`}
        </p>
      </section>
    );
  }
  const { details } = value;
  const isDiscarded = details.id === one.id ? one.discarded === true : details.discarded === true;
  const rows = rowsOf(job, value);
  const longest = Math.max(...rows.map(({ durationMs }) => durationMs), details.end_to_end_duration, 1);
  const largest = Math.max(...rows.map(({ bytes }) => bytes), 1);
  return (
    <section class="panel" aria-labelledby="checkpoint">
      <header>
        <h2 id="checkpoint">
          {details.is_savepoint ? "Savepoint" : "Checkpoint"} {details.id}
        </h2>
        <span class="faint">
          {dateTimeText(details.trigger_timestamp)}, {durationText(details.end_to_end_duration)},{" "}
          {bytesText(details.state_size)}
          {details.external_path !== undefined && <> in {details.external_path}</>}
          {isDiscarded && ", deleted by now"}
        </span>
        {details.className === "completed" && !isDiscarded && (
          <a href={jobAddress(job.jid, "state", details.is_savepoint ? details.external_path : details.id)}>
            Look into its state
          </a>
        )}
      </header>
      {details.className === "failed" && (
        <p class="outcome failed">It failed: {details.failure_message ?? "no reason was given"}</p>
      )}
      {details.className === "in_progress" && <div class="progress" role="progressbar" aria-label="Under way" />}
      <ol class="operators">
        {rows.map((row) => (
          <li key={row.id}>
            <a class="operator-name" href={jobAddress(job.jid, "graph", row.id)}>
              {row.name}
            </a>
            <span class="operator-time">
              <PhaseBar phases={row.slowest} longestMs={longest} />
              <span class="faint">{progressText(row, details.className)}</span>
            </span>
            <SubtaskBars subtasks={row.subtasks} longestMs={longest} />
            <span class="operator-size">
              <span class="size-track">
                <span class="size-full" style={{ width: `${(row.bytes / largest) * 100}%` }} />
                <span
                  class="size-written"
                  style={{ width: `${(Math.min(row.writtenBytes, row.bytes) / largest) * 100}%` }}
                />
              </span>
              <span class="faint">
                {bytesText(row.bytes)}
                {row.writtenBytes !== row.bytes && `, ${bytesText(row.writtenBytes)} written`}
              </span>
            </span>
            <SavedStates states={row.states} largestBytes={largest} />
          </li>
        ))}
      </ol>
    </section>
  );
}

async function ask(job: string, id: number, signal: AbortSignal): Promise<Answer> {
  const details = await checkpointDetails(job, id, signal);
  const vertices = Object.keys(details.tasks);
  const [states, subtasks] = await Promise.all([
    savedStates(job, id, signal),
    Promise.all(vertices.map((vertex) => checkpointSubtasks(job, id, vertex, signal))),
  ]);
  return { details, states, subtasks: new Map(vertices.map((vertex, index) => [vertex, subtasks[index]!])) };
}

function rowsOf(job: Job, { details: { tasks }, subtasks, states }: Answer): readonly OperatorRow[] {
  return stepsOf(job)
    .filter(({ id }) => tasks[id] !== undefined)
    .map(({ id, operators }) => {
      const task = tasks[id]!;
      const own = subtasks.get(id) ?? [];
      return {
        id,
        name: operators.join(" → "),
        subtasks: own,
        slowest: slowestPhases(own),
        durationMs: Math.max(task.end_to_end_duration, 0),
        bytes: task.state_size,
        writtenBytes: task.checkpointed_size,
        done: task.num_acknowledged_subtasks,
        count: task.num_subtasks,
        states: states.filter(({ vertexId }) => vertexId === id),
      };
    });
}

/** A step that had finished before takes no part in it. */
function progressText(
  { slowest, durationMs, done, count }: OperatorRow,
  className: CheckpointDetails["className"],
): string {
  if (slowest !== undefined && done === count) return durationText(durationMs);
  return className === "completed" ? "had finished" : `${done} of ${count} done`;
}

function PhaseBar({ phases, longestMs }: { phases: Phases | undefined; longestMs: number }) {
  const shown = PHASES.filter((phase) => (phases?.[phase] ?? 0) > 0);
  const text = shown.map((phase) => `${PHASE_NAMES[phase]} ${durationText(phases![phase])}`).join(", ");
  return (
    <span class="phase-bar" role="img" aria-label={text} title={text}>
      {shown.map((phase) => (
        <span key={phase} class={`phase-${phase}`} style={{ width: `${(phases![phase] / longestMs) * 100}%` }} />
      ))}
    </span>
  );
}

/** A column per subtask, as high as it took long; those that are not done are missing. */
function SubtaskBars({ subtasks, longestMs }: { subtasks: readonly SubtaskCheckpoint[]; longestMs: number }) {
  const each = 100 / Math.max(subtasks.length, 1);
  const gap = each > 3 ? 0.8 : 0;
  let path = "";
  for (const [index, one] of subtasks.entries()) {
    if (one.className !== "completed") continue;
    const { startDelay, alignment, sync, async, rest } = phasesOf(one);
    const height = Math.max(((startDelay + alignment + sync + async + rest) / longestMs) * 40, 1);
    path += `M${(index * each).toFixed(2)} 40v-${height.toFixed(1)}h${(each - gap).toFixed(2)}V40z`;
  }
  return (
    <svg
      class="subtask-bars"
      viewBox="0 0 100 40"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${subtasks.length} subtasks`}
    >
      <title>Time of each subtask</title>
      <path d={path} fill="var(--ink-faint)" />
    </svg>
  );
}
