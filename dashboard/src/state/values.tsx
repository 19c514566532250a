import { useState } from "preact/hooks";
import { bytesText, countText, eventTimeText } from "../figures/figures.ts";
import { type StateEntry, type StateSummary, stateValues } from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { Term } from "../words/term.tsx";
import { JsonText, jsonLine } from "./json-text.tsx";

const FIRST = 50;
const MOST = 1000;

export interface ValuesProps {
  readonly job: string;
  readonly snapshot: string;
  readonly operator: string;
  readonly title: string;
  readonly state: StateSummary;
}

/** The keys of one state: the largest, the first ones, and the one that is asked for. */
export function Values({ job, snapshot, operator, title, state }: ValuesProps) {
  const [key, setKey] = useState<string | undefined>(undefined);
  const [limit, setLimit] = useState(FIRST);
  const { value, error } = useAnswer(
    `values ${job} ${snapshot} ${operator} ${state.name} ${key ?? ""} ${limit}`,
    (signal) => stateValues(job, snapshot, { operator, state: state.name, key, limit }, signal),
  );
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = `${new FormData(event.currentTarget as HTMLFormElement).get("key") ?? ""}`.trim();
    setKey(wanted === "" ? undefined : wanted);
  };
  return (
    <section class="panel" aria-labelledby="state">
      <header>
        <h2 id="state">
          {title}: {state.name}
        </h2>
        <code class="faint type">{state.type}</code>
      </header>
      {state.largestKeys.length > 1 && <LargestKeys state={state} />}
      <form class="key-search" onSubmit={find}>
        {state.keys !== undefined && (
          <>
            <label for="key">
              Find a <Term word="key" />
            </label>
            <input
              id="key"
              name="key"
              class="input"
              placeholder="a text as it is, anything else as JSON"
              autocomplete="off"
              spellcheck={false}
            />
            <button type="submit" class="button">
              Find
            </button>
          </>
        )}
        <span class="faint" role="status">
          {statusText(value, error?.message, key, state)}
        </span>
      </form>
      <ul class="entries">
        {value?.entries.map((entry, index) => (
          <li key={`${index} ${jsonLine(entry.key)}`}>
            <EntryKey entry={entry} />
            <JsonText value={entry.value} />
          </li>
        ))}
      </ul>
      {value?.hasMore === true && limit < MOST && (
        <button type="button" class="button" onClick={() => setLimit(Math.min(limit * 4, MOST))}>
          Show more
        </button>
      )}
      {value?.hasMore === true && limit >= MOST && (
        <p class="faint">
          There are more; <code>millrace state dump</code> prints all of them.
        </p>
      )}
    </section>
  );
}

function statusText(
  value: { readonly entries: readonly StateEntry[]; readonly hasMore: boolean } | undefined,
  error: string | undefined,
  key: string | undefined,
  state: StateSummary,
): string {
  if (error !== undefined) return error;
  if (value === undefined) return "Reading…";
  const { length } = value.entries;
  if (key !== undefined) return length === 0 ? `It has nothing under ${key}` : `${countText(length)} under ${key}`;
  return value.hasMore ? `the first ${countText(length)} of ${countText(state.entries)}` : `all ${countText(length)}`;
}

function EntryKey({ entry: { key, window, slice, subtask } }: { entry: StateEntry }) {
  return (
    <span class="entry-key">
      <code>{subtask !== undefined ? `subtask ${subtask + 1}` : jsonLine(key)}</code>
      {window !== undefined && <span class="faint">{windowText(window)}</span>}
      {slice !== undefined && <span class="faint">from {eventTimeText(slice)}</span>}
    </span>
  );
}

function windowText(window: unknown): string {
  const { start, end } = (window ?? {}) as { start?: number; end?: number };
  if (typeof start !== "number" || typeof end !== "number") return jsonLine(window);
  return `${eventTimeText(start)} to ${eventTimeText(end)}`;
}

function LargestKeys({ state }: { state: StateSummary }) {
  const most = state.largestKeys[0]?.bytes ?? 1;
  return (
    <details open>
      <summary class="quiet">Largest keys</summary>
      <ol class="largest">
        {state.largestKeys.map(({ key, entries, bytes }) => (
          <li key={jsonLine(key)}>
            <code>{jsonLine(key)}</code>
            <span class="state-bar">
              <span style={{ width: `${(bytes / most) * 100}%` }} />
            </span>
            <span class="faint">
              {bytesText(bytes)}
              {entries > 1 && ` in ${countText(entries)} entries`}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
