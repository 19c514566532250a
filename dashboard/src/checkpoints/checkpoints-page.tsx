import { useMemo, useState } from "preact/hooks";
import { bytesText, countText, durationText, timeText } from "../figures/figures.ts";
import { type Checkpoint, checkpointConfig, hasEnded, type Job } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import type { Word } from "../words/glossary.ts";
import { Term } from "../words/term.tsx";
import { answerable } from "./archive.ts";
import { Chart, type ChartSeries } from "./chart.tsx";
import { CheckpointPanel } from "./checkpoint-panel.tsx";
import { PHASE_NAMES, PHASES, type Phase, type Phases } from "./phases.ts";
import { useCheckpoints } from "./use-checkpoints.ts";

const PHASE_COLOURS: Readonly<Record<Phase, string>> = {
  startDelay: "--phase-start",
  alignment: "--phase-align",
  sync: "--phase-sync",
  async: "--phase-async",
  rest: "--phase-rest",
};

/** The job's checkpoints over time: how long, how large, and what held them up. */
export function CheckpointsPage({ job, selected }: { job: Job; selected: string | undefined }) {
  const { statistics, seen, phases } = useCheckpoints(job.jid, hasEnded(job.state));
  const { value: config } = usePoll(`checkpoint config ${job.jid}`, 60_000, (signal) =>
    checkpointConfig(job.jid, signal),
  );
  const [hovered, setHovered] = useState<number | undefined>(undefined);
  const ids = useMemo(() => seen.map(({ id }) => id), [seen]);
  const durations = useMemo(() => durationSeries(seen, phases), [seen, phases]);
  const sizes = useMemo(() => sizeSeries(seen), [seen]);
  const alignments = useMemo(() => alignmentSeries(seen, phases), [seen, phases]);
  const id = selected === undefined ? statistics?.latest.completed?.id : Number(selected);
  const chosen = seen.find((one) => one.id === id);
  const shown = hovered === undefined ? chosen : seen.find((one) => one.id === hovered);
  const pick = (picked: number): void => {
    location.hash = jobAddress(job.jid, "checkpoints", picked);
  };
  if (statistics === undefined) return <p class="empty">Asking for the checkpoints…</p>;
  if (seen.length === 0)
    return <NoCheckpoints isOff={config !== undefined && !Number.isSafeInteger(config.interval)} />;
  const common = { ids, onPick: pick, onHover: setHovered };
  return (
    <>
      <section class="panel" aria-labelledby="durations">
        <header>
          <h2 id="durations">How long each checkpoint took</h2>
          <span class="faint">
            Of the <Term word="subtask" /> that was last. Choose one to look into it.
          </span>
          <ul class="legend faint">
            {PHASES.map((phase) => (
              <li key={phase}>
                <i style={{ background: `var(${PHASE_COLOURS[phase]})` }} />
                {phase === "rest" ? PHASE_NAMES[phase] : <Term word={termOf(phase)}>{PHASE_NAMES[phase]}</Term>}
              </li>
            ))}
            <li>
              <i style={{ background: "var(--bad)" }} /> failed
            </li>
          </ul>
        </header>
        <Chart
          {...common}
          title="Duration of each checkpoint by phase"
          series={durations}
          height={210}
          valueText={durationText}
        />
        <HoverLine checkpoint={shown} phases={shown && phases.get(shown.id)} />
      </section>
      <div class="halves">
        <section class="panel" aria-labelledby="sizes">
          <header>
            <h2 id="sizes">How large</h2>
            <ul class="legend faint">
              <li>
                <i style={{ background: "var(--flow)" }} /> written: the <Term word="incremental" /> part
              </li>
              <li>
                <i style={{ background: "var(--dam)" }} /> records in flight
              </li>
              <li>
                <i class="line" style={{ background: "var(--ink-soft)" }} /> full
              </li>
            </ul>
          </header>
          <Chart {...common} title="Size of each checkpoint" series={sizes} height={150} valueText={bytesText} />
        </section>
        <section class="panel" aria-labelledby="alignments">
          <header>
            <h2 id="alignments">Held back</h2>
            <ul class="legend faint">
              <li>
                <i style={{ background: "var(--phase-align)" }} />
                <Term word="alignment" />
              </li>
            </ul>
          </header>
          <Chart
            {...common}
            title="Alignment of each checkpoint"
            series={alignments}
            height={150}
            valueText={durationText}
          />
        </section>
      </div>
      {chosen !== undefined && (
        <CheckpointPanel job={job} one={chosen} isKnown={answerable(statistics.history).has(chosen.id)} />
      )}
      <section class="panel" aria-labelledby="history">
        <header>
          <h2 id="history">All that are known</h2>
          <span class="faint">
            {countText(statistics.counts.completed)} completed, {countText(statistics.counts.failed)} failed
            {statistics.latest.restored !== null && `, begun from ${statistics.latest.restored.id}`}
          </span>
        </header>
        <History job={job.jid} checkpoints={[...seen].reverse()} selected={id} />
      </section>
    </>
  );
}

function NoCheckpoints({ isOff }: { isOff: boolean }) {
  return (
    <section class="panel empty">
      {isOff ? (
        <p>
          This job takes no <Term word="checkpoint">checkpoints</Term>, so a failure loses what it remembers. Turn them
          on with <code>env.enableCheckpointing(10_000)</code>.
        </p>
      ) : (
        <p>
          No <Term word="checkpoint" /> yet. The first comes an interval after all subtasks run.
        </p>
      )}
    </section>
  );
}

function termOf(phase: Exclude<Phase, "rest">): Word {
  return PHASE_NAMES[phase];
}

function durationSeries(seen: readonly Checkpoint[], phases: ReadonlyMap<number, Phases>): readonly ChartSeries[] {
  const byPhase = PHASES.map((phase): ChartSeries => {
    const values = seen.map((one) => {
      const found = phases.get(one.id);
      // Until its phases are here, the whole is drawn as one.
      if (found === undefined) return phase === "rest" && one.className !== "failed" ? one.end_to_end_duration : 0;
      return found[phase];
    });
    return { label: PHASE_NAMES[phase], kind: "stack", colour: PHASE_COLOURS[phase], values };
  });
  const failed = seen.map(({ className, end_to_end_duration }) =>
    className === "failed" ? Math.max(end_to_end_duration, 1) : 0,
  );
  return [...byPhase, { label: "failed", kind: "stack", colour: "--bad", values: failed }];
}

function sizeSeries(seen: readonly Checkpoint[]): readonly ChartSeries[] {
  const done = (value: (one: Checkpoint) => number) =>
    seen.map((one) => (one.className === "completed" ? value(one) : null));
  return [
    { label: "written", kind: "stack", colour: "--flow", values: done(({ checkpointed_size }) => checkpointed_size) },
    { label: "kept in flight", kind: "stack", colour: "--dam", values: done(({ persisted_data }) => persisted_data) },
    { label: "full", kind: "line", colour: "--ink-soft", values: done(({ state_size }) => state_size) },
  ];
}

function alignmentSeries(seen: readonly Checkpoint[], phases: ReadonlyMap<number, Phases>): readonly ChartSeries[] {
  const values = seen.map(({ id }) => phases.get(id)?.alignment ?? 0);
  return [{ label: PHASE_NAMES.alignment, kind: "stack", colour: PHASE_COLOURS.alignment, values }];
}

function HoverLine({ checkpoint, phases }: { checkpoint: Checkpoint | undefined; phases: Phases | undefined }) {
  if (checkpoint === undefined) return <p class="hover-line faint">&nbsp;</p>;
  const parts =
    phases === undefined
      ? []
      : PHASES.filter((phase) => phases[phase] > 0).map(
          (phase) => `${durationText(phases[phase])} ${PHASE_NAMES[phase]}`,
        );
  return (
    <p class="hover-line faint">
      <b>{checkpoint.id}</b> {timeText(checkpoint.trigger_timestamp)}, {durationText(checkpoint.end_to_end_duration)}
      {parts.length > 0 && `: ${parts.join(", ")}`}
      {checkpoint.failure_message !== undefined && `, failed: ${checkpoint.failure_message}`}
    </p>
  );
}

const KINDS: Readonly<Record<Checkpoint["checkpoint_type"], string>> = {
  CHECKPOINT: "checkpoint",
  UNALIGNED_CHECKPOINT: "unaligned checkpoint",
  SAVEPOINT: "savepoint",
  SYNC_SAVEPOINT: "savepoint at the stop",
};

function History({
  job,
  checkpoints,
  selected,
}: {
  job: string;
  checkpoints: readonly Checkpoint[];
  selected: number | undefined;
}) {
  return (
    <div class="scroll-x history">
      <table>
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Kind</th>
            <th scope="col">Begun</th>
            <th scope="col">Result</th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Written
            </th>
            <th scope="col" class="number">
              Full size
            </th>
          </tr>
        </thead>
        <tbody>
          {checkpoints.map((one) => (
            <tr key={one.id} class={one.id === selected ? "is-selected" : ""}>
              <td>
                <a href={jobAddress(job, "checkpoints", one.id)}>{one.id}</a>
              </td>
              <td>{KINDS[one.checkpoint_type]}</td>
              <td>{timeText(one.trigger_timestamp)}</td>
              <td>{resultText(one)}</td>
              <td class="number">{durationText(one.end_to_end_duration)}</td>
              <td class="number">{one.className === "failed" ? "" : bytesText(one.checkpointed_size)}</td>
              <td class="number">{one.className === "failed" ? "" : bytesText(one.state_size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function resultText({ className, discarded, failure_message, num_acknowledged_subtasks, num_subtasks }: Checkpoint) {
  if (className === "failed") return <span class="is-bad">failed: {failure_message ?? "for no reason given"}</span>;
  if (className === "in_progress") return `${num_acknowledged_subtasks} of ${num_subtasks} subtasks are done`;
  return discarded === true ? <span class="faint">complete, deleted by now</span> : "complete";
}
