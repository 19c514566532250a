/** What a job's state was at its checkpoints and savepoints, over REST. */
import { existsSync } from "node:fs";
import type { RunningJob } from "millrace/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, ServedOrders } from "./jobs.ts";

let orders: ServedOrders;
let job: RunningJob;
let of: string;
let first: string;
let second: string;
beforeAll(async () => {
  orders = await ServedOrders.start();
  job = await orders.run("running", { knowsSavepoints: true });
  of = `/millrace/jobs/${job.jobId}`;
  await eventually(() => job.checkpoints().latest.completed ?? undefined);
  first = await job.triggerSavepoint(orders.savepoints);
  await job.triggerCheckpoint();
  second = await job.triggerSavepoint(orders.savepoints);
});
afterAll(() => orders.stop());

describe("the state of a running job", () => {
  it("can be looked into at each of its snapshots, newest first", async () => {
    const { snapshots } = await get(`${of}/snapshots`);

    const savepoints = snapshots.filter(({ kind }: { kind: string }) => kind === "savepoint");
    expect(savepoints.map(({ location }: { location: string }) => location)).toEqual([second, first]);
    expect(snapshots.some(({ kind }: { kind: string }) => kind === "checkpoint")).toBe(true);
  });

  it("has operators with their states, and the keys that take most", async () => {
    const { snapshot, operators } = await get(`${of}/state?snapshot=${encodeURIComponent(second)}&largest=3`);

    expect(snapshot).toMatchObject({ kind: "savepoint", location: second });
    const window = operators.find(({ uid }: { uid: string }) => uid === "window");
    expect(window.states.length).toBeGreaterThan(0);
    const [contents] = window.states.filter(({ keys }: { keys: number }) => keys > 0);
    expect(contents).toMatchObject({ keyType: "number", keys: 7 });
    expect(contents.largestKeys).toHaveLength(3);
    const source = operators.find(({ uid }: { uid: string }) => uid === "orders");
    expect(source.operatorStates.length).toBeGreaterThan(0);

    const uncounted = await get(`${of}/state?snapshot=${encodeURIComponent(second)}&sizes=false`);
    expect(uncounted.operators.flatMap((one: { states: unknown[] }) => one.states)[0]).toMatchObject({ keys: null });
  });

  it("is known by state of each checkpoint that the job remembers", async () => {
    const { history } = await get(`${of.replace("/millrace", "")}/checkpoints`);
    const { states } = await get(
      `${of}/checkpoints/${history.find((one: { status: string }) => one.status === "COMPLETED").id}/states`,
    );

    const ofWindow = states.filter((one: { operatorName: string }) => one.operatorName === "orders per customer");
    // Seven customers, in as many windows as are open.
    expect(ofWindow.filter(({ entries }: { entries: number }) => entries > 0 && entries % 7 === 0)).not.toEqual([]);
    for (const { bytes, kind } of states) expect([typeof bytes, typeof kind]).toEqual(["number", "string"]);
    await expect(get(`${of}/checkpoints/987654/states`)).rejects.toThrow();
  });

  it("is at the newest snapshot where none is named, although that is soon replaced", async () => {
    const { snapshot } = await get(`${of}/state`);

    expect(snapshot.id).toBeGreaterThan(0);
  });

  it("stays for whoever reads its files, although newer ones take its place", async () => {
    const held = await eventually(async () => {
      const { location, heldMs } = await post(`${of}/snapshots/hold`, {});
      expect(heldMs).toBeGreaterThan(0);
      return location.includes("/chk-") ? (location as string) : undefined;
    });

    // What a completed checkpoint replaces is gone when the next one is complete.
    const replaced = await job.triggerCheckpoint();
    for (let i = 0; i < 2; i++) await job.triggerCheckpoint();

    expect(existsSync(new URL(replaced))).toBe(false);
    const { snapshot } = await get(`${of}/state?snapshot=${encodeURIComponent(held)}`);
    expect(snapshot.location).toBe(held);
    expect(await post(`${of}/snapshots/hold`, { snapshot: held })).toMatchObject({ location: held });
  });

  it("holds values, of one key or of the first ones", async () => {
    const { operators } = await get(`${of}/state?snapshot=${encodeURIComponent(second)}`);
    const { states } = operators.find(({ uid }: { uid: string }) => uid === "window");
    const { name } = states.find(({ keys }: { keys: number }) => keys > 0);
    const values = `${of}/state/values?snapshot=${encodeURIComponent(second)}&operator=window&state=${name}`;

    const some = await get(`${values}&limit=2`);
    expect(some.entries).toHaveLength(2);
    expect(some.truncated).toBe(true);
    const ofThree = await get(`${values}&key=3`);
    expect(ofThree.entries.length).toBeGreaterThan(0);
    expect(ofThree.entries.every(({ key }: { key: unknown }) => key === 3)).toBe(true);
    expect((await get(`${values}&key=nobody`)).entries).toEqual([]);
  });

  it("differs between two snapshots in what has come since", async () => {
    const query = `from=${encodeURIComponent(first)}&to=${encodeURIComponent(second)}`;

    const { from, to, changes } = await get(`${of}/state/diff?${query}`);

    expect([from.location, to.location]).toEqual([first, second]);
    expect(changes.some(({ operator }: { operator: string }) => operator === "orders")).toBe(true);
    const few = await get(`${of}/state/diff?${query}&limit=1`);
    expect(few).toMatchObject({ truncated: true, changes: [expect.anything()] });
  });

  it("is read of this job's snapshots only, and of what they have", async () => {
    const asked = async (path: string): Promise<number> => (await fetch(orders.server.url + path)).status;

    expect(await asked(`${of}/state?snapshot=${encodeURIComponent("file:///etc")}`)).toBe(404);
    expect(await asked(`${of}/state?snapshot=999999`)).toBe(404);
    expect(await asked(`${of}/state/values?operator=nobody&state=x`)).toBe(400);
    expect(await asked(`${of}/state/values?operator=window&state=nothing`)).toBe(400);
    expect(await asked(`${of}/state/values?operator=window`)).toBe(400);
    expect(await asked(`/millrace/jobs/${"0".repeat(32)}/state`)).toBe(404);
  });
});

async function get(path: string): Promise<any> {
  return answerOf(path, await fetch(orders.server.url + path));
}

async function post(path: string, body: object): Promise<any> {
  const headers = { "content-type": "application/json" };
  return answerOf(path, await fetch(orders.server.url + path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answerOf(path: string, response: Response): Promise<any> {
  const text = await response.text();
  expect({ path, status: response.status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text);
}
