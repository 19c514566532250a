import type { Finding } from "../rest/millrace.ts";
import { jobAddress } from "../route.ts";

export interface WhyPanelProps {
  readonly job: string;
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

function Sentences({ job, urgent }: { job: string; urgent: readonly Finding[] }) {
  if (urgent.length === 0) return null;
  return (
    <ul class="why" aria-label="Why">
      {urgent.map(({ kind, sentence, severity }) => (
        <li key={`${kind} ${sentence}`} class={`finding ${severity}`}>
          {sentence} <a href={jobAddress(job, "graph")}>More</a>
        </li>
      ))}
    </ul>
  );
}

function Findings({ job, findings }: { job: string; findings: readonly Finding[] }) {
  return (
    <ul class="why">
      {findings.map((finding) => (
        <FindingItem key={`${finding.kind} ${finding.sentence}`} job={job} finding={finding} />
      ))}
    </ul>
  );
}

function FindingItem({ job, finding }: { job: string; finding: Finding }) {
  const { severity, sentence, details, advice, vertexId } = finding;
  return (
    <li class={`finding ${severity}`}>
      <p>
        <span class="sentence">{sentence}</span>{" "}
        {vertexId !== undefined && <a href={jobAddress(job, "graph", vertexId)}>Show the step</a>}
      </p>
      {details.length > 0 && (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {advice !== undefined && <p class="advice">{advice}</p>}
    </li>
  );
}
