import { describe, expect, it } from "vitest";
import { decideElection, type ElectionFacts } from "./election.ts";
import type { JobEnding, LeaderRecord } from "./leader-record.ts";
import { sampleRecord } from "./sample-records.ts";

const FACTS: ElectionFacts = {
  newest: undefined,
  firstSeenMs: 10_000,
  nowMs: 10_500,
  token: "me",
  leaderIsDead: false,
  hasSeenLeader: false,
  anew: false,
  leaseMs: 6_000,
};

function newest(more: Partial<LeaderRecord> = {}): ElectionFacts["newest"] {
  return { number: 9, record: sampleRecord(5, "other", more) };
}

function ended(status: JobEnding["status"] | undefined): ElectionFacts["newest"] {
  const ending = status && { status, message: undefined, startedFrom: undefined, result: undefined };
  return newest({ state: "ended", ending });
}

describe("whether a process takes over", () => {
  it.each<[string, Partial<ElectionFacts>, string]>([
    ["nobody ever led", {}, "take-over"],
    ["the leader was heard of just now", { newest: newest() }, "stand-by"],
    ["the lease is not over yet", { newest: newest(), nowMs: 10_999 }, "stand-by"],
    ["nothing was heard for the lease that the leader had", { newest: newest(), nowMs: 11_000 }, "take-over"],
    ["the leader has died on this machine", { newest: newest(), leaderIsDead: true }, "take-over"],
    ["the leader has given it back", { newest: newest({ state: "released" }) }, "take-over"],
    ["it led itself, and has lost it", { newest: { number: 9, record: sampleRecord(5, "me") } }, "take-over"],
    ["the record cannot be read", { newest: { number: 9, record: undefined }, nowMs: 15_999 }, "stand-by"],
    ["it could not for a lease of its own", { newest: { number: 9, record: undefined }, nowMs: 16_000 }, "take-over"],
    ["the job has finished", { newest: ended("FINISHED") }, "job-has-ended"],
    ["the job has finished, and is to run again", { newest: ended("FINISHED"), anew: true }, "take-over"],
    ["it stood by until then", { newest: ended("FINISHED"), anew: true, hasSeenLeader: true }, "job-has-ended"],
    ["the job had failed before it started", { newest: ended("FAILED") }, "take-over"],
    ["the job failed while it stood by", { newest: ended("FAILED"), hasSeenLeader: true }, "job-has-ended"],
    ["the job was cancelled before it started", { newest: ended("CANCELED") }, "take-over"],
    ["its leader died before it could say how it ended", { newest: ended(undefined) }, "job-has-ended"],
  ])("where %s", (_case, facts, decision) => {
    expect(decideElection({ ...FACTS, ...facts }).kind).toBe(decision);
  });

  it("goes behind the newest record, and says why", () => {
    expect(decideElection({ ...FACTS, newest: newest(), nowMs: 11_500 })).toEqual({
      kind: "take-over",
      after: 9,
      because: 'nothing was heard of process 7 on "host" for 1500 ms',
    });
  });
});
