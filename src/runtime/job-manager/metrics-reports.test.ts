import { expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { MetricsReports } from "./metrics-reports.ts";

async function isResolved(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
}

it("waits for every task manager that was asked", async () => {
  const reports = new MetricsReports(new ManualClock(), () => 2);

  const fresh = reports.fresh();
  reports.add([]);
  expect(await isResolved(fresh)).toBe(false);
  reports.add([]);

  expect(await isResolved(fresh)).toBe(true);
});

it("waits a second at the most for one that is busy", async () => {
  const clock = new ManualClock();
  const fresh = new MetricsReports(clock, () => 1).fresh();

  clock.advance(999);
  expect(await isResolved(fresh)).toBe(false);
  clock.advance(1);

  expect(await isResolved(fresh)).toBe(true);
});

it("does not wait where nobody can be asked, or nobody answers any more", async () => {
  expect(await isResolved(new MetricsReports(new ManualClock(), () => 0).fresh())).toBe(true);

  const reports = new MetricsReports(new ManualClock(), () => 1);
  const fresh = reports.fresh();
  reports.close();

  expect(await isResolved(fresh)).toBe(true);
});
