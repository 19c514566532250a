import { dateTimeText, durationText } from "../figures/figures.ts";
import { ConnectionNotice } from "../frame/connection-notice.tsx";
import { JobStateText } from "../frame/job-state.tsx";
import { ThemeButton } from "../frame/theme-button.tsx";
import { Wheel } from "../frame/wheel.tsx";
import { type JobOverview, jobs } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { Term } from "../words/term.tsx";

const EVERY_MS = 2000;

/** The jobs of this process, those that run first. */
export function JobsPage() {
  const { value, error } = usePoll("jobs", EVERY_MS, jobs);
  const sorted = [...(value ?? [])].sort(
    (a, b) => Number(a["end-time"] > 0) - Number(b["end-time"] > 0) || b["start-time"] - a["start-time"],
  );
  return (
    <>
      <header class="band plain">
        <div class="band-top">
          <span class="brand">
            <Wheel turns={0} /> Millrace
          </span>
          <h1>Jobs</h1>
          <span class="grow" />
          <ThemeButton />
        </div>
      </header>
      <ConnectionNotice />
      <main>
        {value === undefined && error === undefined && <p class="empty">Asking for the jobs of this program…</p>}
        {value?.length === 0 && (
          <p class="empty">No job yet. One appears here as soon as the program calls env.execute().</p>
        )}
        <ul class="job-list">
          {sorted.map((job) => (
            <li key={job.jid}>
              <JobCard job={job} />
            </li>
          ))}
        </ul>
        {sorted.length > 0 && (
          <p class="faint">
            A job is a program's graph of steps. Each step runs as one or more <Term word="subtask">subtasks</Term>.
          </p>
        )}
      </main>
    </>
  );
}

function JobCard({ job }: { job: JobOverview }) {
  const { total = 0, running = 0 } = job.tasks;
  return (
    <a class="job-card" href={jobAddress(job.jid, "graph")}>
      <strong>{job.name}</strong>
      <JobStateText state={job.state} />
      <span class="quiet">{job["end-time"] > 0 ? `${total} subtasks` : `${running} of ${total} subtasks running`}</span>
      <span class="quiet">
        {job["end-time"] > 0 ? "ran" : "for"} {durationText(job.duration)}, since {dateTimeText(job["start-time"])}
      </span>
    </a>
  );
}
