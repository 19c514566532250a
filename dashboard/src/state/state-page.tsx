import { bytesText, countText, dateTimeText } from "../figures/figures.ts";
import type { Job } from "../rest/flink.ts";
import { type OperatorStates, type SnapshotSummary, type StateSummary, snapshots, statesOf } from "../rest/millrace.ts";
import { useAnswer } from "../rest/use-answer.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { Term } from "../words/term.tsx";
import { Difference } from "./difference.tsx";
import { Values } from "./values.tsx";

const EVERY_MS = 5000;

export interface StatePageProps {
  readonly job: Job;
  /** The id of a snapshot; undefined: the latest. */
  readonly selected: string | undefined;
  /** `operator` and `state` of what is looked at, `before` of what it is compared with. */
  readonly query: URLSearchParams;
}

/** What the job remembered at a checkpoint: which operators, which states, which keys, which values. */
export function StatePage({ job, selected, query }: StatePageProps) {
  const { value: all, error } = usePoll(`snapshots ${job.jid}`, EVERY_MS, (signal) => snapshots(job.jid, signal));
  const newestFirst = [...(all ?? [])].sort((a, b) => b.completedMs - a.completedMs);
  // Stays with the one that it showed first, although newer ones come.
  const wanted = selected ?? `${newestFirst[0]?.id ?? ""}`;
  const snapshot = newestFirst.find(({ id }) => `${id}` === wanted);
  const before = newestFirst.find(({ id }) => `${id}` === query.get("before"));
  if (all === undefined) return <p class="empty">{error?.message ?? "Asking for checkpoints…"}</p>;
  if (newestFirst.length === 0) return <NothingYet />;
  const go = (changed: Readonly<Record<string, string | undefined>>, id: string = wanted): void => {
    const now = {
      operator: query.get("operator") ?? undefined,
      state: query.get("state") ?? undefined,
      before: query.get("before") ?? undefined,
    };
    location.hash = jobAddress(job.jid, "state", id, { ...now, ...changed });
  };
  return (
    <>
      <section class="panel state-choice" aria-label="Which checkpoint">
        <SnapshotChoice
          name="Checkpoint or savepoint"
          choices={newestFirst}
          chosen={snapshot}
          onChoose={(id) => go({}, id ?? wanted)}
        />
        <SnapshotChoice
          name="Compared with"
          choices={newestFirst.filter(({ id }) => `${id}` !== wanted)}
          chosen={before}
          none="nothing"
          onChoose={(id) => go({ before: id })}
        />
        <p class="faint">
          <Term word="state">State</Term> is read from the files of the checkpoint; the job is not disturbed.
        </p>
      </section>
      {snapshot === undefined ? (
        <section class="panel empty">
          Checkpoint {wanted} is not there any more. Newer ones have taken its place; choose one above.
        </section>
      ) : (
        <Explorer job={job.jid} snapshot={snapshot} before={before} query={query} go={go} />
      )}
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
  readonly choices: readonly SnapshotSummary[];
  readonly chosen: SnapshotSummary | undefined;
  readonly none?: string;
  readonly onChoose: (id: string | undefined) => void;
}

function SnapshotChoice({ name, choices, chosen, none, onChoose }: SnapshotChoiceProps) {
  return (
    <label class="field">
      {name}
      <select
        value={chosen === undefined ? "" : `${chosen.id}`}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      >
        {(none !== undefined || chosen === undefined) && <option value="">{none ?? "gone"}</option>}
        {choices.map(({ id, kind, completedMs, bytes }) => (
          <option key={id} value={`${id}`}>
            {kind} {id}, {dateTimeText(completedMs)}, {bytesText(bytes)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ExplorerProps {
  readonly job: string;
  readonly snapshot: SnapshotSummary;
  readonly before: SnapshotSummary | undefined;
  readonly query: URLSearchParams;
  readonly go: (changed: Readonly<Record<string, string | undefined>>) => void;
}

function Explorer({ job, snapshot, before, query, go }: ExplorerProps) {
  const { value: operators, error } = useAnswer(`states ${job} ${snapshot.location}`, (signal) =>
    statesOf(job, `${snapshot.id}`, signal),
  );
  if (operators === undefined) {
    return (
      <section class="panel empty" aria-live="polite">
        {error === undefined ? `Reading checkpoint ${snapshot.id}…` : `It cannot be read: ${error.message}`}
      </section>
    );
  }
  const largest = Math.max(...operators.flatMap(({ states }) => states.map(({ bytes }) => bytes)), 1);
  const operator = operators.find((one) => idOf(one) === query.get("operator"));
  const state = operator?.states.find(({ name }) => name === query.get("state"));
  return (
    <div class="explorer">
      <section class="panel" aria-labelledby="operators">
        <header>
          <h2 id="operators">What the job remembers</h2>
          <span class="faint">
            {bytesText(snapshot.bytes)} in {countText(operators.reduce((sum, { states }) => sum + states.length, 0))}{" "}
            states
          </span>
        </header>
        {operators.map((one) => (
          <OperatorList
            key={one.id}
            operator={one}
            largestBytes={largest}
            chosen={one === operator ? state?.name : undefined}
            onChoose={(name) => go({ operator: idOf(one), state: name })}
          />
        ))}
      </section>
      {before !== undefined ? (
        <Difference
          job={job}
          before={before}
          after={snapshot}
          operator={operator && idOf(operator)}
          state={state?.name}
          onAll={() => go({ operator: undefined, state: undefined })}
        />
      ) : operator !== undefined && state !== undefined ? (
        <Values
          key={`${snapshot.id} ${operator.id} ${state.name}`}
          job={job}
          snapshot={`${snapshot.id}`}
          operator={idOf(operator)}
          title={operator.name}
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

/** As the server finds it. */
function idOf({ id }: OperatorStates): string {
  return id;
}

interface OperatorListProps {
  readonly operator: OperatorStates;
  readonly largestBytes: number;
  readonly chosen: string | undefined;
  readonly onChoose: (state: string) => void;
}

function OperatorList({ operator, largestBytes, chosen, onChoose }: OperatorListProps) {
  const { uid, name, states } = operator;
  return (
    <section class="operator-states">
      <h3>
        {name} {uid !== null && uid !== name && <span class="faint">{uid}</span>}
      </h3>
      {states.length === 0 && <p class="faint">remembers nothing</p>}
      <ul>
        {[...states]
          .sort((a, b) => b.bytes - a.bytes)
          .map((state) => (
            <li key={state.name}>
              <button
                type="button"
                class="state-button"
                aria-pressed={state.name === chosen}
                onClick={() => onChoose(state.name)}
              >
                <span class="state-name">{state.name}</span>
                <span class="faint">{summary(state)}</span>
                <span class="state-bar">
                  <span
                    style={{ width: `${Math.max((state.bytes / largestBytes) * 100, state.bytes > 0 ? 1 : 0)}%` }}
                  />
                </span>
                <span class="state-size">{bytesText(state.bytes)}</span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}

function summary({ kind, keys, entries, hasTtl }: StateSummary): string {
  if (keys === undefined) return `${countText(entries)} items of subtasks`;
  return `${kind}, ${countText(keys)} ${keys === 1 ? "key" : "keys"}${hasTtl ? ", with time to live" : ""}`;
}
