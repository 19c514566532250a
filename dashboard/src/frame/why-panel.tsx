import { durationText, eventTimeText } from "../figures/figures.ts";
import { stepsOf } from "../graph/step.ts";
import type { Job } from "../rest/flink.ts";
import type { Finding } from "../rest/millrace.ts";
import { jobAddress } from "../route.ts";

export interface WhyPanelProps {
  readonly job: Job;
  /** Undefined until there is an answer. */
  readonly findings: readonly Finding[] | undefined;
  /** All of it, or only the sentences of what is urgent. */
  readonly isOpen: boolean;
}

/** What the engine says of itself: what is wrong, since when, by whom, and what helps. */
export function WhyPanel({ job, findings, isOpen }: WhyPanelProps) {
  if (findings === undefined) return null;
  const urgent = findings.filter(({ severity }) => severity !== "info");
  const other = findings.filter(({ severity }) => severity === "info");
  if (!isOpen) return <Sentences job={job} urgent={urgent} />;
  return (
    <section class="why" aria-labelledby="why">
      <h2 id="why" class="hidden">
        Why
      </h2>
      {urgent.length === 0 && (
        <p class="calm">
          <b>Nothing holds this job back.</b> What would is named here: stuck watermarks, slow steps, failed
          checkpoints, growing state.
        </p>
      )}
      <Findings job={job} findings={urgent} />
      {other.length > 0 && (
        <details>
          <summary class="quiet">
            {other.length === 1 ? "One more thing to know" : `${other.length} more things to know`}
          </summary>
          <Findings job={job} findings={other} />
        </details>
      )}
    </section>
  );
}

function Sentences({ job, urgent }: { job: Job; urgent: readonly Finding[] }) {
  if (urgent.length === 0) return null;
  return (
    <ul class="why" aria-label="Why">
      {urgent.map(({ kind, sentence, severity }) => (
        <li key={`${kind} ${sentence}`} class={`finding ${severity}`}>
          {sentence} <a href={jobAddress(job.jid, "graph")}>More</a>
        </li>
      ))}
    </ul>
  );
}

function Findings({ job, findings }: { job: Job; findings: readonly Finding[] }) {
  return (
    <ul class="why">
      {findings.map((finding) => (
        <FindingItem key={`${finding.kind} ${finding.sentence}`} job={job} finding={finding} />
      ))}
    </ul>
  );
}

function FindingItem({ job, finding }: { job: Job; finding: Finding }) {
  const { severity, sentence, advice, operator } = finding;
  const step = stepsOf(job).find(
    ({ vertex, operators }) => vertex.name === operator || operators.includes(operator ?? ""),
  );
  const samples = samplesOf(finding);
  return (
    <li class={`finding ${severity}`}>
      <p>
        <span class="sentence">{sentence}</span>{" "}
        {step !== undefined && <a href={jobAddress(job.jid, "graph", step.id)}>Show the step</a>}
      </p>
      {samples.length > 0 && (
        <ul>
          {samples.map(({ value, timestampMs, lateByMs }) => (
            <li key={`${timestampMs} ${value}`}>
              <code>{value}</code> of {eventTimeText(timestampMs)}, {durationText(lateByMs)} late
            </li>
          ))}
        </ul>
      )}
      {advice !== undefined && <p class="advice">{advice}</p>}
    </li>
  );
}

interface Sample {
  readonly value: string;
  readonly timestampMs: number;
  readonly lateByMs: number;
}

const SAMPLES_MAX = 3;

/** Some of the records that were dropped. */
function samplesOf({ kind, facts }: Finding): readonly Sample[] {
  const { samples } = facts as { samples?: readonly Sample[] };
  return kind === "dropped-records" ? (samples ?? []).slice(-SAMPLES_MAX) : [];
}
