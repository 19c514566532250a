import { useState } from "preact/hooks";
import { bytesText, dateTimeText } from "../figures/figures.ts";
import type { Job } from "../rest/flink.ts";
import { referenceOf, type SnapshotStates, type SnapshotSummary, snapshots, statesOf } from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { Term } from "../words/term.tsx";
import { Difference } from "./difference.tsx";
import { type ShownState, statesIn } from "./shown-state.ts";
import { Values } from "./values.tsx";

const EVERY_MS = 5000;

export interface StatePageProps {
  readonly job: Job;
  /** The reference of a snapshot; undefined: the newest. */
  readonly selected: string | undefined;
  /** `operator` and `state` of what is looked at, `from` of what it is compared with. */
  readonly query: URLSearchParams;
}

interface Choice {
  readonly snapshot: string | undefined;
  readonly operator: string | undefined;
  readonly state: string | undefined;
  readonly from: string | undefined;
}

/** What the job remembered at a checkpoint: which operators, which states, which keys, which values. */
export function StatePage({ job, selected, query }: StatePageProps) {
  const [readings, setReadings] = useState(1);
  const { value: all, error } = usePoll(`snapshots ${job.jid}`, EVERY_MS, (signal) => snapshots(job.jid, signal));
  const given = (name: string): string | undefined => query.get(name) ?? undefined;
  const choice: Choice = {
    snapshot: selected,
    operator: given("operator"),
    state: given("state"),
    from: given("from"),
  };
  if (all === undefined) return <p class="empty">{error?.message ?? "Asking for checkpoints…"}</p>;
  if (all.length === 0) return <NothingYet />;
  const go = (changed: Partial<Choice>): void => {
    const { snapshot, ...rest } = { ...choice, ...changed };
    location.hash = jobAddress(job.jid, "state", snapshot, rest);
  };
  return (
    <>
      <section class="panel state-choice" aria-label="Which checkpoint">
        <SnapshotChoice
          name="Checkpoint or savepoint"
          none="the newest"
          choices={all}
          chosen={selected}
          onChoose={(snapshot) => go({ snapshot })}
        />
        {selected === undefined && (
          <button type="button" class="button" onClick={() => setReadings(readings + 1)}>
            Read again
          </button>
        )}
        <SnapshotChoice
          name="Compared with"
          none="nothing"
          choices={all.filter((one) => referenceOf(one) !== selected)}
          chosen={choice.from}
          onChoose={(from) => go({ from })}
        />
        <p class="faint">
          <Term word="state">State</Term> is read from the files of the checkpoint; the job is not disturbed.
        </p>
      </section>
      <Explorer key={`${selected} ${readings}`} job={job.jid} choice={choice} go={go} />
    </>
  );
}

function NothingYet() {
  return (
    <section class="panel empty">
      <p>
        There is no complete <Term word="checkpoint" /> to look into yet, or none in files: what{" "}
        <code>MemoryStateBackend</code> keeps is gone with the process.
      </p>
    </section>
  );
}

interface SnapshotChoiceProps {
  readonly name: string;
  /** What it is called not to choose any. */
  readonly none: string;
  readonly choices: readonly SnapshotSummary[];
  readonly chosen: string | undefined;
  readonly onChoose: (reference: string | undefined) => void;
}

function SnapshotChoice({ name, none, choices, chosen, onChoose }: SnapshotChoiceProps) {
  const isGone = chosen !== undefined && !choices.some((one) => referenceOf(one) === chosen);
  return (
    <label class="field">
      {name}
      <select value={chosen ?? ""} onChange={(event) => onChoose(event.currentTarget.value || undefined)}>
        <option value="">{none}</option>
        {isGone && <option value={chosen}>{chosen}, gone</option>}
        {choices.map((one) => (
          <option key={one.location} value={referenceOf(one)}>
            {one.kind} {one.id}, {dateTimeText(one.atMs)}, {bytesText(one.bytes)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ExplorerProps {
  readonly job: string;
  readonly choice: Choice;
  readonly go: (changed: Partial<Choice>) => void;
}

function Explorer({ job, choice, go }: ExplorerProps) {
  const { value, error } = useAnswer(`states ${job} ${choice.snapshot}`, (signal) =>
    statesOf(job, choice.snapshot, signal),
  );
  if (value === undefined) {
    return (
      <section class="panel empty" role="status">
        {error === undefined ? "Reading it…" : `It cannot be read: ${error.message}`}
      </section>
    );
  }
  const operator = value.operators.find(({ id }) => id === choice.operator);
  const state = operator === undefined ? undefined : statesIn(operator).find(({ name }) => name === choice.state);
  return (
    <div class="explorer">
      <Remembered value={value} operator={operator?.id} state={state?.name} go={go} />
      {choice.from !== undefined ? (
        <Difference
          job={job}
          from={choice.from}
          to={choice.snapshot}
          operator={operator?.id}
          state={state?.name}
          onAll={() => go({ operator: undefined, state: undefined })}
        />
      ) : operator !== undefined && state !== undefined ? (
        <Values
          key={`${operator.id} ${state.name}`}
          job={job}
          snapshot={choice.snapshot}
          operator={operator}
          state={state}
        />
      ) : (
        <section class="panel empty">
          Choose a state to see its keys and values, or another checkpoint to compare with.
        </section>
      )}
    </div>
  );
}

interface RememberedProps {
  readonly value: SnapshotStates;
  readonly operator: string | undefined;
  readonly state: string | undefined;
  readonly go: (changed: Partial<Choice>) => void;
}

function Remembered({ value: { snapshot, operators }, operator, state, go }: RememberedProps) {
  const lists = operators.map((one) => ({ one, states: statesIn(one) }));
  const largest = Math.max(...lists.flatMap(({ states }) => states.map(({ bytes }) => bytes ?? 0)), 1);
  const silent = lists.filter(({ states }) => states.length === 0);
  return (
    <section class="panel" aria-labelledby="remembered">
      <header>
        <h2 id="remembered">What the job remembers</h2>
        <span class="faint">
          {bytesText(snapshot.bytes)} in {snapshot.kind} {snapshot.id}, {dateTimeText(snapshot.completedMs)}
        </span>
      </header>
      {lists
        .filter(({ states }) => states.length > 0)
        .map(({ one, states }) => (
          <section key={one.id} class="operator-states">
            <h3>
              {one.name} {one.uid !== null && one.uid !== one.name && <span class="faint">{one.uid}</span>}
            </h3>
            <ul>
              {states.map((shown) => (
                <li key={shown.name}>
                  <StateButton
                    state={shown}
                    largestBytes={largest}
                    isChosen={one.id === operator && shown.name === state}
                    onChoose={() => go({ operator: one.id, state: shown.name })}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
      {silent.length > 0 && (
        <p class="faint">Nothing is remembered by {silent.map(({ one }) => one.name).join(", ")}.</p>
      )}
    </section>
  );
}

interface StateButtonProps {
  readonly state: ShownState;
  readonly largestBytes: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function StateButton({ state: { name, summary, bytes }, largestBytes, isChosen, onChoose }: StateButtonProps) {
  return (
    <button type="button" class="state-button" aria-pressed={isChosen} onClick={onChoose}>
      <span class="state-name">{name}</span>
      <span class="faint state-summary">{summary}</span>
      <span class="size-bar">
        <span style={{ width: `${Math.max(((bytes ?? 0) / largestBytes) * 100, (bytes ?? 0) > 0 ? 1 : 0)}%` }} />
      </span>
      <span class="state-size">{bytes === undefined ? "" : bytesText(bytes)}</span>
    </button>
  );
}
