import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { countText, durationText } from "../figures/figures.ts";
import { type CheckpointConfig, checkpointConfig, type Job, jobConfig } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { Term } from "../words/term.tsx";

/** It does not change while the job runs. */
const EVERY_MS = 60_000;

/** What the job was told. */
export function ConfigurationPage({ job }: { job: Job }) {
  const { value } = usePoll(`configuration ${job.jid}`, EVERY_MS, async (signal) => {
    const [own, checkpointing] = await Promise.all([jobConfig(job.jid, signal), checkpointConfig(job.jid, signal)]);
    return { own, checkpointing };
  });
  if (value === undefined) return <p class="empty">Asking for the configuration…</p>;
  const execution = value.own["execution-config"];
  return (
    <>
      <div class="halves">
        <section class="panel" aria-labelledby="execution">
          <h2 id="execution">The job</h2>
          <Facts
            facts={[
              ["Parallelism", countText(execution["job-parallelism"])],
              ["After a failure", execution["restart-strategy"]],
              ["Id", <code>{job.jid}</code>],
            ]}
          />
        </section>
        <section class="panel" aria-labelledby="checkpointing">
          <h2 id="checkpointing">
            <Term word="checkpoint">Checkpoints</Term>
          </h2>
          <Facts facts={checkpointFacts(value.checkpointing)} />
        </section>
      </div>
      <Keys settings={Object.entries(execution["user-config"]).sort(([a], [b]) => a.localeCompare(b))} />
    </>
  );
}

function checkpointFacts(config: CheckpointConfig): readonly Fact[] {
  if (!Number.isSafeInteger(config.interval)) return [["Interval", "none: periodic checkpoints are off"]];
  return [
    ["Interval", durationText(config.interval)],
    ["Given up after", durationText(config.timeout)],
    ["Pause between two", durationText(config.min_pause)],
    ["At the same time", countText(config.max_concurrent)],
    ["Failures tolerated", countText(config.tolerable_failed_checkpoints)],
    ["Each record counts", config.mode === "exactly_once" ? "exactly once" : "at least once"],
    ["Unaligned", config.unaligned_checkpoints ? "yes: they overtake records" : "no"],
    ["When the job is cancelled", config.externalization.delete_on_cancellation ? "they are deleted" : "they are kept"],
    ["State is in", config.state_backend],
    ["They are kept by", config.checkpoint_storage],
  ];
}

type Fact = readonly [name: string, value: ComponentChildren];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Keys({ settings }: { settings: readonly (readonly [key: string, value: string])[] }) {
  const [wanted, setWanted] = useState("");
  const shown = settings.filter(([key, value]) => `${key} ${value}`.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <section class="panel" aria-labelledby="keys">
      <header>
        <h2 id="keys">Configuration</h2>
        <span class="faint">By Flink's names; what was not set has its default.</span>
        <input
          type="search"
          class="input"
          aria-label="Find a key"
          placeholder="Find a key"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </header>
      {shown.length === 0 ? (
        <p class="faint">{settings.length === 0 ? "None." : "No key has that in it."}</p>
      ) : (
        <table class="keys">
          <tbody>
            {shown.map(([key, value]) => (
              <tr key={key}>
                <th scope="row">
                  <code>{key}</code>
                </th>
                <td>
                  <code>{value}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
