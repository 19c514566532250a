import type { Finding } from "../rest/millrace.ts";
import { jobAddress } from "../route.ts";

/** What the engine says of itself: what is wrong, since when, by whom, and what helps. */
export function WhyPanel({ job, findings }: { job: string; findings: readonly Finding[] | undefined }) {
  if (findings === undefined) return null;
  const urgent = findings.filter(({ severity }) => severity !== "info");
  const other = findings.filter(({ severity }) => severity === "info");
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
      <ul class="why">
        {urgent.map((finding) => (
          <FindingItem key={`${finding.kind} ${finding.sentence}`} job={job} finding={finding} />
        ))}
      </ul>
      {other.length > 0 && (
        <details>
          <summary class="quiet">
            {other.length === 1 ? "One more thing to know" : `${other.length} more things to know`}
          </summary>
          <ul class="why">
            {other.map((finding) => (
              <FindingItem key={`${finding.kind} ${finding.sentence}`} job={job} finding={finding} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function FindingItem({ job, finding }: { job: string; finding: Finding }) {
  const { severity, sentence, details, advice, vertexId } = finding;
  return (
    <li class={`finding ${severity}`}>
      <p class="sentence">{sentence}</p>
      {details.length > 0 && (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {advice !== undefined && <p class="advice">{advice}</p>}
      {vertexId !== undefined && (
        <p>
          <a href={jobAddress(job, "graph", vertexId)}>Show the step</a>
        </p>
      )}
    </li>
  );
}
