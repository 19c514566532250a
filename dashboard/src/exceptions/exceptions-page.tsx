import { dateTimeText } from "../figures/figures.ts";
import { type ExceptionEntry, exceptions, hasEnded, type Job } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { parseStack } from "./stack.ts";

const EVERY_MS = 3000;

/** What failed, newest first, each with the line of the user's program. */
export function ExceptionsPage({ job }: { job: Job }) {
  const { value } = usePoll(`exceptions ${job.jid}`, hasEnded(job.state) ? 20_000 : EVERY_MS, (signal) =>
    exceptions(job.jid, signal),
  );
  if (value === undefined) return <p class="empty">Asking for exceptions…</p>;
  const { entries, truncated } = value.exceptionHistory;
  if (entries.length === 0) {
    return (
      <section class="panel">
        <p class="empty">Nothing has failed.</p>
      </section>
    );
  }
  return (
    <section class="panel" aria-labelledby="exceptions">
      <header>
        <h2 id="exceptions">What failed, newest first</h2>
        {truncated && <span class="faint">Older ones are forgotten.</span>}
      </header>
      <ol class="exceptions">
        {entries.map((entry) => (
          <li key={`${entry.timestamp} ${entry.taskName}`}>
            <Exception entry={entry} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Exception({ entry }: { entry: ExceptionEntry }) {
  const { message, place, frames } = parseStack(entry.stacktrace);
  return (
    <article class="exception">
      <p class="faint">
        {dateTimeText(entry.timestamp)}
        {entry.taskName !== undefined &&
          ` in ${entry.taskName.replace(/ - execution #(\d+)$/, (_all, attempt) => `, attempt ${Number(attempt) + 1}`)}`}
      </p>
      <p class="exception-message">{message}</p>
      {place !== undefined && (
        <p>
          <span class="hidden">in </span>
          <code class="place">{place}</code>
        </p>
      )}
      {frames.length > 0 && (
        <details>
          <summary class="faint">{frames.length} lines of the stack</summary>
          <pre>
            {frames.map(({ text, isOwn }, index) => (
              <span key={index} class={isOwn ? "own" : ""}>
                {text}
                {"\n"}
              </span>
            ))}
          </pre>
        </details>
      )}
      {entry.concurrentExceptions.length > 0 && (
        <details>
          <summary class="faint">{entry.concurrentExceptions.length} more at the same time</summary>
          {entry.concurrentExceptions.map((other) => (
            <Exception key={`${other.timestamp} ${other.taskName}`} entry={other} />
          ))}
        </details>
      )}
    </article>
  );
}
