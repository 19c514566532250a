import { useEffect, useRef, useState } from "preact/hooks";
import {
  type Checkpoint,
  type Checkpoints,
  checkpointDetails,
  checkpointSubtasks,
  checkpoints,
} from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { answerable, remembered } from "./archive.ts";
import { type Phases, slowestPhases } from "./phases.ts";

const EVERY_MS = 2000;

export interface CheckpointHistory {
  readonly statistics: Checkpoints | undefined;
  /** Oldest first. */
  readonly seen: readonly Checkpoint[];
  /** Of completed ones, as they are fetched. */
  readonly phases: ReadonlyMap<number, Phases>;
}

/** The checkpoints of a job since the page was opened, and what the job manager still knows of those before. */
export function useCheckpoints(job: string, isOver: boolean): CheckpointHistory {
  const { value: statistics } = usePoll(`checkpoints ${job}`, isOver ? 10 * EVERY_MS : EVERY_MS, (signal) =>
    checkpoints(job, signal),
  );
  const [seen, setSeen] = useState<readonly Checkpoint[]>([]);
  useEffect(() => {
    if (statistics !== undefined) setSeen((before) => remembered(before, statistics.history));
  }, [statistics]);
  return { statistics, seen, phases: usePhases(job, statistics) };
}

/** Asked for once for each checkpoint, the newest first, one after the other: they never change. */
function usePhases(job: string, statistics: Checkpoints | undefined): ReadonlyMap<number, Phases> {
  const [phases, setPhases] = useState<ReadonlyMap<number, Phases>>(new Map());
  const asked = useRef(new Set<number>());
  const signal = useRef(new AbortController());
  useEffect(() => () => signal.current.abort(), []);
  useEffect(() => {
    const known = answerable(statistics?.history ?? []);
    const missing = (statistics?.history ?? []).filter(
      ({ id, className }) => className === "completed" && known.has(id) && !asked.current.has(id),
    );
    for (const { id } of missing) asked.current.add(id);
    void fetchPhases(job, missing, signal.current.signal, (id, found) =>
      setPhases((before) => new Map(before).set(id, found)),
    );
  }, [statistics]);
  return phases;
}

async function fetchPhases(
  job: string,
  missing: readonly Checkpoint[],
  signal: AbortSignal,
  onFound: (id: number, phases: Phases) => void,
): Promise<void> {
  for (const { id } of missing) {
    try {
      const { tasks } = await checkpointDetails(job, id, signal);
      const subtasks = await Promise.all(
        Object.keys(tasks).map((vertex) => checkpointSubtasks(job, id, vertex, signal)),
      );
      const found = slowestPhases(subtasks.flat());
      if (found !== undefined) onFound(id, found);
    } catch {
      // Forgotten between two answers, or the page was left: its bar is drawn without phases.
      if (signal.aborted) return;
    }
  }
}
