import { useState } from "preact/hooks";
import { bytesText, countText, eventTimeText } from "../figures/figures.ts";
import {
  type KeyedState,
  type StateEntry,
  type StatesOfOperator,
  type StateValues,
  stateValues,
} from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { Term } from "../words/term.tsx";
import { JsonText, jsonLine } from "./json-text.tsx";
import type { ShownState } from "./shown-state.ts";

const FIRST = 50;
/** More are not asked for: that is for the command line. */
const MOST = 1000;

export interface ValuesProps {
  readonly job: string;
  readonly snapshot: string | undefined;
  readonly operator: StatesOfOperator;
  readonly state: ShownState;
}

/** The keys of one state: the largest, the first ones, and the one that is asked for. */
export function Values({ job, snapshot, operator, state }: ValuesProps) {
  const [key, setKey] = useState<string | undefined>(undefined);
  const [limit, setLimit] = useState(FIRST);
  const question = `values ${job} ${snapshot} ${operator.id} ${state.name} ${limit} ${key}`;
  const { value, error } = useAnswer(question, (signal) =>
    stateValues(job, snapshot, { operator: operator.id, state: state.name, key, limit }, signal),
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
          {operator.name}: {state.name}
        </h2>
        <code class="faint type">{state.type}</code>
      </header>
      {state.keyed !== undefined && state.keyed.largestKeys.length > 1 && <LargestKeys state={state.keyed} />}
      <form class="key-search" onSubmit={find}>
        {state.keyed !== undefined && (
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
          {error?.message ?? statusText(value, key, state)}
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
      {value?.truncated === true && limit < MOST && (
        <button type="button" class="button" onClick={() => setLimit(Math.min(limit * 4, MOST))}>
          Show more
        </button>
      )}
      {value?.truncated === true && limit >= MOST && (
        <p class="faint">
          There are more; <code>millrace state dump</code> prints all of them.
        </p>
      )}
    </section>
  );
}

function statusText(value: StateValues | undefined, key: string | undefined, { entries }: ShownState): string {
  if (value === undefined) return "Reading…";
  const { length } = value.entries;
  if (key !== undefined) return length === 0 ? `It has nothing under ${key}.` : `${countText(length)} under ${key}`;
  if (!value.truncated) return `all ${countText(length)}`;
  return `the first ${countText(length)}${entries === undefined ? "" : ` of ${countText(entries)}`}`;
}

function EntryKey({ entry: { key, window, slice, subtask } }: { entry: StateEntry }) {
  return (
    <span class="entry-key">
      <code>{subtask === undefined ? jsonLine(key) : `subtask ${subtask + 1}`}</code>
      <PlaceText window={window} slice={slice} />
    </span>
  );
}

/** The window or slice of one that an entry is of. */
export function PlaceText({ window, slice }: { window: StateEntry["window"]; slice: number | undefined }) {
  if (window !== undefined) {
    return (
      <span class="faint">
        {eventTimeText(window.start)} to {eventTimeText(window.end)}
      </span>
    );
  }
  return slice === undefined ? null : <span class="faint">from {eventTimeText(slice)}</span>;
}

function LargestKeys({ state: { largestKeys } }: { state: KeyedState }) {
  const most = Math.max(largestKeys[0]?.bytes ?? 1, 1);
  return (
    <details open>
      <summary class="quiet">Largest keys</summary>
      <ol class="largest">
        {largestKeys.map(({ key, entries, bytes }) => (
          <li key={jsonLine(key)}>
            <code>{jsonLine(key)}</code>
            <span class="size-bar">
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
