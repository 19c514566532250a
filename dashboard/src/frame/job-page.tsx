import { useEffect, useRef, useState } from "preact/hooks";
import { CheckpointsPage } from "../checkpoints/checkpoints-page.tsx";
import { ConfigurationPage } from "../configuration/configuration-page.tsx";
import { ExceptionsPage } from "../exceptions/exceptions-page.tsx";
import { durationText } from "../figures/figures.ts";
import { GraphPage } from "../graph/graph-page.tsx";
import { type Rate, Rates } from "../graph/rates.ts";
import { edgesOf } from "../graph/step.ts";
import { job as askJob, hasEnded, type Job } from "../rest/flink.ts";
import { why } from "../rest/millrace.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress, type Route, TABS, type Tab } from "../route.ts";
import { StatePage } from "../state/state-page.tsx";
import { Actions } from "./actions.tsx";
import { ConnectionNotice } from "./connection-notice.tsx";
import { JobStateText } from "./job-state.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { Wheel } from "./wheel.tsx";
import { WhyPanel } from "./why-panel.tsx";

const EVERY_MS = 1000;
const WHY_EVERY_MS = 3000;
const ENDED_EVERY_MS = 10_000;
const HISTORY_MAX = 90;

const TAB_NAMES: Readonly<Record<Tab, string>> = {
  graph: "Graph",
  checkpoints: "Checkpoints",
  state: "State",
  exceptions: "Exceptions",
  configuration: "Configuration",
};

export function JobPage({ route }: { route: Extract<Route, { page: "job" }> }) {
  const [isOver, setIsOver] = useState(false);
  const {
    value: job,
    error,
    refresh,
  } = usePoll(`job ${route.job}`, isOver ? ENDED_EVERY_MS : EVERY_MS, (signal) => askJob(route.job, signal));
  const { value: findings } = usePoll(`why ${route.job}`, isOver ? ENDED_EVERY_MS : WHY_EVERY_MS, (signal) =>
    why(route.job, signal),
  );
  const flow = useFlow(job);
  useEffect(() => {
    if (job === undefined) return;
    setIsOver(hasEnded(job.state));
    document.title = `${job.name} · Millrace`;
  }, [job]);
  return (
    <>
      <header class="band">
        <div class="band-top">
          <a href="#/" class="brand" aria-label="Millrace, all jobs">
            <Wheel turns={flow.answers} /> Millrace
          </a>
          <h1>{job?.name ?? "…"}</h1>
          {job !== undefined && (
            <>
              <JobStateText state={job.state} />
              <span class="faint">{durationText(job.duration)}</span>
            </>
          )}
          <span class="grow" />
          {job !== undefined && (
            <Actions job={route.job} name={job.name} isOver={hasEnded(job.state)} onDone={refresh} />
          )}
          <ThemeButton />
        </div>
        <nav class="tabs" aria-label="Pages of the job">
          {TABS.map((tab) => (
            <a key={tab} href={jobAddress(route.job, tab)} aria-current={tab === route.tab ? "page" : undefined}>
              {TAB_NAMES[tab]}
            </a>
          ))}
        </nav>
      </header>
      <ConnectionNotice />
      <main>
        {job === undefined && error?.status === 404 && (
          <p class="empty">
            This program has no such job. <a href="#/">All jobs</a>
          </p>
        )}
        {job === undefined && error === undefined && <p class="empty">Asking for the job…</p>}
        {job !== undefined && <WhyPanel job={job} findings={findings} isOpen={route.tab === "graph"} />}
        {job !== undefined && route.tab === "graph" && (
          <GraphPage job={job} rates={flow.rates} history={flow.history} selected={route.selected} />
        )}
        {job !== undefined && route.tab === "checkpoints" && <CheckpointsPage job={job} selected={route.selected} />}
        {job !== undefined && route.tab === "state" && (
          <StatePage job={job} selected={route.selected} query={route.query} />
        )}
        {job !== undefined && route.tab === "exceptions" && <ExceptionsPage job={job} />}
        {job !== undefined && route.tab === "configuration" && <ConfigurationPage job={job} />}
      </main>
    </>
  );
}

interface Flow {
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  /** What the sources put out per second, oldest first. */
  readonly history: readonly number[];
  readonly answers: number;
}

/** Follows the job's counters from answer to answer. */
function useFlow(job: Job | undefined): Flow {
  const rates = useRef(new Rates());
  const [flow, setFlow] = useState<Flow>({ rates: undefined, history: [], answers: 0 });
  useEffect(() => {
    if (job === undefined) return;
    const current = rates.current.add(job);
    const fed = new Set(edgesOf(job).map(({ to }) => to));
    const sum = job.vertices
      .filter(({ id }) => !fed.has(id))
      .reduce((all, { id }) => all + (current?.get(id)?.outPerSecond ?? 0), 0);
    setFlow(({ history, answers }) => ({
      rates: current,
      history: current === undefined ? history : [...history, sum].slice(-HISTORY_MAX),
      answers: answers + 1,
    }));
  }, [job]);
  return flow;
}
