import { bytesText, dateTimeText, durationText } from "../figures/figures.ts";
import { stepsOf } from "../graph/step.ts";
import {
  type CheckpointDetails,
  checkpointDetails,
  checkpointSubtasks,
  type Job,
  type SubtaskCheckpoint,
} from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { PHASE_NAMES, PHASES, type Phases, phasesOf, slowestPhases } from "./phases.ts";

/** While it is under way it changes; afterwards only its deletion is news. */
const EVERY_MS = 5000;

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
}

/** One checkpoint: which step took how long for what, and what it holds. */
export function CheckpointPanel({ job, id }: { job: Job; id: number }) {
  const { value, error } = usePoll(`checkpoint ${job.jid} ${id}`, EVERY_MS, async (signal) => {
    const details = await checkpointDetails(job.jid, id, signal);
    const vertices = Object.keys(details.tasks);
    const subtasks = await Promise.all(vertices.map((vertex) => checkpointSubtasks(job.jid, id, vertex, signal)));
    return { details, subtasks: new Map(vertices.map((vertex, index) => [vertex, subtasks[index]!])) };
  });
  if (value === undefined) {
    return (
      <section class="panel">
        <p class="faint">{error?.status === 404 ? `Checkpoint ${id} is forgotten.` : `Asking for checkpoint ${id}…`}</p>
      </section>
    );
  }
  const { details } = value;
  const rows = rowsOf(job, details, value.subtasks);
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
          {details.discarded === true && ", deleted by now"}
        </span>
        {details.className === "completed" && details.discarded !== true && (
          <a href={jobAddress(job.jid, "state", id)}>Look into its state</a>
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
              <span class="faint">
                {row.slowest === undefined ? `${row.done} of ${row.count} done` : durationText(row.durationMs)}
              </span>
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
          </li>
        ))}
      </ol>
    </section>
  );
}

function rowsOf(
  job: Job,
  { tasks }: CheckpointDetails,
  subtasks: ReadonlyMap<string, readonly SubtaskCheckpoint[]>,
): readonly OperatorRow[] {
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
      };
    });
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
