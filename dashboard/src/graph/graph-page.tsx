import { bytesText, countText, durationText, rateText } from "../figures/figures.ts";
import { checkpoints, hasEnded, type Job, jobMetrics, subtaskLoads } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { Term } from "../words/term.tsx";
import { GraphView } from "./graph-view.tsx";
import { loadOf } from "./load.ts";
import { LoadPatterns } from "./load-strip.tsx";
import type { Rate } from "./rates.ts";
import { Spark } from "./spark.tsx";
import { edgesOf, type Step, type StepLoad, stepsOf } from "./step.ts";
import { StepPanel } from "./step-panel.tsx";
import { lowestWatermark } from "./watermarks-of.ts";

const LOADS_EVERY_MS = 2000;
const FIGURES_EVERY_MS = 3000;

export interface GraphPageProps {
  readonly job: Job;
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  /** Records per second that the sources put out, oldest first. */
  readonly history: readonly number[];
  readonly selected: string | undefined;
}

/** The job as a watercourse: where it flows, where it is dammed up, and how far it has come. */
export function GraphPage({ job, rates, history, selected }: GraphPageProps) {
  const steps = stepsOf(job);
  const ids = steps.map(({ id }) => id);
  const { value: loads } = usePoll(`loads ${job.jid} ${ids.join()}`, LOADS_EVERY_MS, (signal) =>
    loadsOf(job.jid, steps, signal),
  );
  const chosen = steps.find(({ id }) => id === selected);
  return (
    <>
      <Figures job={job} steps={steps} rates={rates} history={history} />
      <section class="panel graph-panel" aria-labelledby="graph">
        <LoadPatterns />
        <header>
          <h2 id="graph">From source to sink</h2>
          <span class="faint">Choose a step to see its subtasks.</span>
          <Legend />
        </header>
        <GraphView
          job={job.jid}
          steps={steps}
          edges={edgesOf(job)}
          rates={rates}
          loads={loads ?? new Map()}
          selected={chosen?.id}
          nowMs={job.now}
        />
      </section>
      {chosen !== undefined && <StepPanel key={chosen.id} job={job.jid} step={chosen} nowMs={job.now} />}
    </>
  );
}

async function loadsOf(
  job: string,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StepLoad>> {
  const entries = steps.map(async (step): Promise<readonly [string, StepLoad]> => {
    const [loads, watermarkMs] = await Promise.all([
      subtaskLoads(job, step.id, signal),
      lowestWatermark(job, step, signal),
    ]);
    return [step.id, { loads: loads.map(loadOf), watermarkMs }];
  });
  return new Map(await Promise.all(entries));
}

function Legend() {
  return (
    <ul class="legend faint">
      <li>
        <i class="busy-fill" /> <Term word="busy" />
      </li>
      <li>
        <i class="dam-fill" /> <Term word="backpressure">backpressured</Term>
      </li>
      <li>
        <i class="idle-fill" /> <Term word="idle" />
      </li>
    </ul>
  );
}

interface FiguresProps {
  readonly job: Job;
  readonly steps: readonly Step[];
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  readonly history: readonly number[];
}

function Figures({ job, steps, rates, history }: FiguresProps) {
  const { value } = usePoll(`figures ${job.jid}`, FIGURES_EVERY_MS, async (signal) => {
    const [statistics, metrics] = await Promise.all([
      checkpoints(job.jid, signal),
      jobMetrics(job.jid, ["numRestarts"], signal),
    ]);
    return { statistics, restarts: metrics.get("numRestarts") };
  });
  const latest = value?.statistics.latest.completed ?? value?.statistics.latest.savepoint;
  const sources = steps.filter(({ isSource }) => isSource);
  const written = sources.reduce((sum, { vertex }) => sum + vertex.metrics["write-records"], 0);
  const perSecond =
    rates === undefined ? undefined : sources.reduce((sum, { id }) => sum + (rates.get(id)?.outPerSecond ?? 0), 0);
  return (
    <dl class="figures">
      <div class="figure wide">
        <dt>Records from the sources</dt>
        <dd>{hasEnded(job.state) ? countText(written) : rateText(perSecond)}</dd>
        {!hasEnded(job.state) && <Spark values={history} />}
      </div>
      <div class="figure">
        <dt>
          Latest <Term word="checkpoint" />
        </dt>
        <dd>
          {latest == null ? (
            "none yet"
          ) : (
            <a href={jobAddress(job.jid, "checkpoints", latest.id)}>
              {durationText(Math.max(job.now - latest.latest_ack_timestamp, 0))} ago
            </a>
          )}
        </dd>
        {latest != null && (
          <dd class="faint">
            number {latest.id}, {bytesText(latest.state_size)} in {durationText(latest.end_to_end_duration)}
          </dd>
        )}
      </div>
      <div class="figure">
        <dt>Checkpoints</dt>
        <dd>{countText(value?.statistics.counts.completed ?? 0)}</dd>
        <dd class={`faint ${(value?.statistics.counts.failed ?? 0) > 0 ? "is-bad" : ""}`}>
          {countText(value?.statistics.counts.failed ?? 0)} failed
        </dd>
      </div>
      <div class="figure">
        <dt>Restarts</dt>
        <dd>{value?.restarts === undefined || Number.isNaN(value.restarts) ? "–" : countText(value.restarts)}</dd>
        {(value?.restarts ?? 0) > 0 && (
          <dd class="faint">
            <a href={jobAddress(job.jid, "exceptions")}>Why?</a>
          </dd>
        )}
      </div>
      <div class="figure">
        <dt>{hasEnded(job.state) ? "Ran for" : "Running for"}</dt>
        <dd>{durationText(job.duration)}</dd>
      </div>
    </dl>
  );
}
