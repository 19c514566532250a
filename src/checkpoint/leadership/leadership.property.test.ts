import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEASE_MS, SimulatedCluster } from "./simulated-cluster.ts";

type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "answer"; readonly who: number; readonly which: number; readonly count: number }
  | { readonly kind: "pause" | "resume" | "restart" | "checkpoint"; readonly who: number }
  | { readonly kind: "storage"; readonly isAway: boolean };

const who = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 200, max: 1_500 }) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      who,
      which: fc.nat(3),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("checkpoint" as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("storage" as const), isAway: fc.boolean() }) },
);

describe("processes that stand for leader, with pauses, deaths and answers that come late", () => {
  it("leave one log: epochs grow, one process each, and what was confirmed is never lost", async () => {
    let confirmations = 0;
    let takeovers = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const cluster = new SimulatedCluster();
        const standing = [cluster.start(), cluster.start(), cluster.start()];
        let checkpointId = 0;
        for (const one of steps) {
          switch (one.kind) {
            case "pass":
              await cluster.pass(one.ms);
              break;
            case "answer":
              for (let n = 0; n < one.count; n++) {
                standing[one.who]!.answer(one.which);
                await cluster.pass(1);
              }
              break;
            case "pause":
              standing[one.who]!.isPaused = true;
              break;
            case "resume":
              standing[one.who]!.resume();
              break;
            case "restart":
              standing[one.who]!.kill();
              standing[one.who] = cluster.start();
              break;
            case "checkpoint":
              standing[one.who]!.completeCheckpoint(++checkpointId);
              break;
            case "storage":
              cluster.isAway = one.isAway;
          }
          expect(standing.filter(({ mayCommit }) => mayCommit).length).toBeLessThanOrEqual(1);
        }

        // With faults stopped, somebody leads.
        cluster.isAway = false;
        for (const process of standing) process.resume();
        for (let n = 0; n < 60; n++) {
          await cluster.answerAll();
          await cluster.pass(LEASE_MS / 10);
        }
        expect(standing.filter(({ mayCommit }) => mayCommit)).toHaveLength(1);

        const { chain } = cluster;
        const tokens = new Map<number, string>();
        for (const [index, { record }] of chain.entries()) {
          const before = chain[index - 1]?.record;
          expect(record.epoch).toBeGreaterThanOrEqual(before?.epoch ?? 1);
          expect(record.leader.token).toBe(tokens.get(record.epoch) ?? record.leader.token);
          tokens.set(record.epoch, record.leader.token);
          if (before !== undefined && record.epoch !== before.epoch)
            expect(record.checkpoint).toEqual(before.checkpoint);
        }
        const logged = new Set(chain.map(({ record }) => `${record.epoch}:${record.checkpoint?.checkpointId}`));
        const confirmed = cluster.processes.flatMap((process) => process.confirmed);
        for (const one of confirmed) expect(logged).toContain(`${one.epoch}:${one.checkpointId}`);
        confirmations += confirmed.length;
        takeovers += tokens.size;
      }),
      { numRuns: 300 },
    );

    // Not vacuous: checkpoints were confirmed, and leaders changed.
    expect(confirmations).toBeGreaterThan(50);
    expect(takeovers).toBeGreaterThan(300);
  });
});
