import type { LeaderRecord } from "./leader-record.ts";

/** For tests: a record of a leader called `token`. */
export function sampleRecord(epoch: number, token: string, more: Partial<LeaderRecord> = {}): LeaderRecord {
  return {
    epoch,
    leader: { pid: 7, host: "host", started: "boot:1", pidNamespace: undefined, token, sinceMs: 1_700_000_000_000 },
    state: "leading",
    leaseMs: 1_000,
    checkpoint: undefined,
    anew: false,
    ending: undefined,
    ...more,
  };
}
