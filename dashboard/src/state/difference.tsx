import { useState } from "preact/hooks";
import { countText } from "../figures/figures.ts";
import { type StateChange, type StateDifference, stateDifference } from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { JsonText, jsonLine } from "./json-text.tsx";
import { PlaceText } from "./values.tsx";

const FIRST = 100;
const MOST = 1600;

const SIGNS: Readonly<Record<StateChange["change"], string>> = { added: "+", removed: "−", changed: "~" };

export interface DifferenceProps {
  readonly job: string;
  readonly from: string;
  /** Undefined: the newest. */
  readonly to: string | undefined;
  readonly operator: string | undefined;
  readonly state: string | undefined;
  readonly onAll: () => void;
}

/** What was added, removed and changed from one checkpoint to another. */
export function Difference({ job, from, to, operator, state, onAll }: DifferenceProps) {
  const [limit, setLimit] = useState(FIRST);
  const question = `difference ${job} ${from} ${to} ${operator} ${state} ${limit}`;
  const { value, error } = useAnswer(question, (signal) =>
    stateDifference(job, from, to, { operator, state, limit }, signal),
  );
  return (
    <section class="panel" aria-labelledby="difference">
      <header>
        <h2 id="difference">
          {value === undefined ? "What has changed" : `From ${nameOf(value.from)} to ${nameOf(value.to)}`}
        </h2>
        <span class="faint" role="status">
          {error?.message ?? (value === undefined ? "Comparing…" : summary(value))}
        </span>
        {state !== undefined && (
          <button type="button" class="button" onClick={onAll}>
            All states
          </button>
        )}
      </header>
      {value !== undefined && <Balance changes={value.changes} />}
      <ul class="entries changes">
        {value?.changes.map((change, index) => (
          <li key={`${index} ${change.change}`} class={`is-${change.change}`}>
            <span class="entry-key">
              <b aria-hidden="true">{SIGNS[change.change]}</b>
              <span class="hidden">{change.change}</span>
              {change.what === "entry" ? <code>{jsonLine(change.key)}</code> : change.what}
              <PlaceText window={change.window} slice={change.slice} />
              {state === undefined && (
                <span class="faint">
                  {change.operator} {change.state}
                </span>
              )}
            </span>
            <span class="change-values">
              {change.before !== undefined && <JsonText value={change.before} />}
              {change.before !== undefined && change.after !== undefined && <span class="faint">→</span>}
              {change.after !== undefined && <JsonText value={change.after} />}
            </span>
          </li>
        ))}
      </ul>
      {value?.truncated === true && limit < MOST && (
        <button type="button" class="button" onClick={() => setLimit(limit * 4)}>
          Show more
        </button>
      )}
    </section>
  );
}

function counts(changes: readonly StateChange[]): Readonly<Record<StateChange["change"], number>> {
  const all = { added: 0, removed: 0, changed: 0 };
  for (const { change } of changes) all[change]++;
  return all;
}

function summary({ changes, truncated }: StateDifference): string {
  if (changes.length === 0) return "The same state.";
  const { added, removed, changed } = counts(changes);
  const text = `${countText(added)} added, ${countText(removed)} removed, ${countText(changed)} changed`;
  return truncated ? `Of the first ${countText(changes.length)}: ${text}` : text;
}

function nameOf({ kind, id }: StateDifference["from"]): string {
  return `${kind} ${id}`;
}

/** How much of each kind, as a bar. */
function Balance({ changes }: { changes: readonly StateChange[] }) {
  const all = counts(changes);
  return (
    <div class="balance" aria-hidden="true">
      {(["added", "changed", "removed"] as const).map((change) => (
        <span key={change} class={`is-${change}`} style={{ flexGrow: all[change] }} />
      ))}
    </div>
  );
}
