import { describe, expect, it } from "vitest";
import { LEASE_MS, SimulatedCluster, type SimulatedProcess } from "./simulated-cluster.ts";

async function pass(cluster: SimulatedCluster, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await cluster.answerAll();
    await cluster.pass(50);
  }
  await cluster.answerAll();
}

function leadersOf(cluster: SimulatedCluster): readonly SimulatedProcess[] {
  return cluster.processes.filter(({ mayCommit }) => mayCommit);
}

describe("processes that stand for leader", () => {
  it("have one, for as long as it renews", async () => {
    const cluster = new SimulatedCluster();
    for (let n = 0; n < 3; n++) cluster.start();

    await pass(cluster, 20 * LEASE_MS);

    expect(leadersOf(cluster)).toHaveLength(1);
    expect(new Set(cluster.chain.map(({ record }) => record.epoch))).toEqual(new Set([1]));
  });

  it("have another one soon after the lease of one that died", async () => {
    const cluster = new SimulatedCluster();
    const first = cluster.start();
    await pass(cluster, 500);
    first.completeCheckpoint(42);
    await pass(cluster, 500);
    const second = cluster.start();
    await pass(cluster, 500);
    first.kill();

    await pass(cluster, LEASE_MS - 400);
    expect(leadersOf(cluster)).toEqual([]);
    await pass(cluster, 700);

    expect(leadersOf(cluster)).toEqual([second]);
    expect(second.leadership?.checkpoint?.checkpointId).toBe(42);
  });

  it("overtake one that was stopped for longer than its lease: it stands by again", async () => {
    const cluster = new SimulatedCluster();
    const first = cluster.start();
    await pass(cluster, 500);
    const second = cluster.start();
    first.isPaused = true;
    await pass(cluster, 2 * LEASE_MS);
    expect(leadersOf(cluster)).toEqual([second]);

    first.completeCheckpoint(1);
    first.resume();
    first.completeCheckpoint(2);
    await pass(cluster, 2 * LEASE_MS);

    expect(leadersOf(cluster)).toEqual([second]);
    expect(first.confirmed).toEqual([]);
  });

  it("give up while their storage is away, and lead again when it is back", async () => {
    const cluster = new SimulatedCluster();
    cluster.start();
    cluster.start();
    await pass(cluster, 2 * LEASE_MS);

    cluster.isAway = true;
    await pass(cluster, 30 * LEASE_MS);
    expect(leadersOf(cluster)).toEqual([]);
    cluster.isAway = false;
    await pass(cluster, LEASE_MS);

    expect(leadersOf(cluster)).toHaveLength(1);
  });
});
