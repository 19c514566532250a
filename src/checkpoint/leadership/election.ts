import type { LogEntry } from "./leader-log.ts";
import type { JobEnding, LeaderRecord } from "./leader-record.ts";

/** What a process that stands by knows. */
export interface ElectionFacts {
  readonly newest: LogEntry | undefined;
  /** When it saw the newest entry for the first time. */
  readonly firstSeenMs: number;
  readonly nowMs: number;
  /** Its own. */
  readonly token: string;
  /** Whether the leader is known to have died: it ran on this machine. */
  readonly leaderIsDead: boolean;
  /** Whether it has seen the log change since it stands: then somebody has led meanwhile. */
  readonly hasSeenLeader: boolean;
  /** It was started to run a job anew that has ended before. */
  readonly anew: boolean;
  /** How long to wait where the newest entry does not say. */
  readonly leaseMs: number;
}

export type ElectionDecision =
  /** Try to append behind `after`. */
  | { readonly kind: "take-over"; readonly after: number; readonly because: string }
  | { readonly kind: "stand-by"; readonly leader: LeaderRecord | undefined; readonly untilMs: number }
  | { readonly kind: "job-has-ended"; readonly ending: JobEnding | undefined };

/** What a process does that wants to lead. Only its own clock counts: how long it has seen nothing new. */
export function decideElection(facts: ElectionFacts): ElectionDecision {
  const { newest, firstSeenMs, nowMs, token, leaderIsDead, leaseMs } = facts;
  if (newest === undefined) return { kind: "take-over", after: 0, because: "nobody has led this job before" };
  const { number: after, record } = newest;
  if (record?.state === "ended" && !mayRunAgain(record.ending, facts)) {
    return { kind: "job-has-ended", ending: record.ending };
  }
  if (record?.state === "ended") return { kind: "take-over", after, because: "the job had ended, and is run again" };
  if (record?.state === "released") return { kind: "take-over", after, because: `${nameOf(record)} has given it back` };
  if (record?.leader.token === token) return { kind: "take-over", after, because: "nobody has led since" };
  if (record !== undefined && leaderIsDead) {
    return { kind: "take-over", after, because: `${nameOf(record)} has died` };
  }
  const untilMs = firstSeenMs + (record?.leaseMs ?? leaseMs);
  if (nowMs < untilMs) return { kind: "stand-by", leader: record, untilMs };
  const who = record === undefined ? "the leader" : nameOf(record);
  return { kind: "take-over", after, because: `nothing was heard of ${who} for ${Math.round(nowMs - firstSeenMs)} ms` };
}

/**
 * Whoever stood by while the job ended has nothing left to do. A process that is started afterwards goes on with a job that failed or
 * was cancelled, as without high availability; one that finished it repeats only when it is told to, for its supervisor may just have
 * started it again.
 */
function mayRunAgain(ending: JobEnding | undefined, { hasSeenLeader, anew }: ElectionFacts): boolean {
  if (hasSeenLeader) return false;
  return anew || (ending !== undefined && ending.status !== "FINISHED");
}

/** For people: who that is. */
export function nameOf({ leader }: LeaderRecord): string {
  return `process ${leader.pid} on "${leader.host}"`;
}
