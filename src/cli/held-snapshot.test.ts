import { expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { withNewestSnapshot } from "./held-snapshot.ts";
import type { ListedJob } from "./running-jobs.ts";

const LOCATION = "file:///checkpoints/clicks/chk-7";

function heldJob(): { readonly asked: unknown[]; readonly job: ListedJob } {
  const asked: unknown[] = [];
  const post = async (path: string, body: object) => {
    asked.push([path, body]);
    return { location: LOCATION, heldMs: 15_000 };
  };
  return { asked, job: { id: "ab", client: { post } } as unknown as ListedJob };
}

it("has the job keep its newest snapshot until that has been read, and no longer", async () => {
  const clock = new ManualClock();
  const { asked, job } = heldJob();

  const read = await withNewestSnapshot(job, clock, async (location) => {
    expect(asked).toEqual([["/millrace/jobs/ab/snapshots/hold", {}]]);
    clock.advance(15_000);
    expect(asked.slice(1)).toEqual(Array(3).fill(["/millrace/jobs/ab/snapshots/hold", { snapshot: LOCATION }]));
    return location;
  });
  clock.advance(60_000);

  expect(read).toBe(LOCATION);
  expect(asked).toHaveLength(4);
});

it("lets go of it where reading fails", async () => {
  const clock = new ManualClock();
  const { asked, job } = heldJob();

  await expect(withNewestSnapshot(job, clock, async () => Promise.reject(new Error("damaged")))).rejects.toThrow(
    "damaged",
  );
  clock.advance(60_000);

  expect(asked).toHaveLength(1);
});
