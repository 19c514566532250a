import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import { SnapshotBuilder } from "../../snapshots/snapshot-builder.ts";
import { valueState } from "../../state/descriptors.ts";
import { readSnapshot } from "./find-snapshot.ts";

describe("a snapshot of a running job", () => {
  let folder: string;
  let held: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    held = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (name: string): string => `file://${folder}/clicks/${name}`;

  async function take(name: string, atMs: number): Promise<void> {
    await new SnapshotBuilder({ jobName: "clicks", clock: new ManualClock(atMs) })
      .add({ uid: "counts", state: { seen: valueState<number>() }, entries: [["alice", { seen: atMs }]] })
      .write(place(name));
  }

  /** One whose checkpoints lie in `folder`. */
  function job(onHold: (location: string) => void = () => {}): RunningJob {
    return {
      jobName: "clicks",
      details: () => ({
        jobName: "clicks",
        settings: { storage: { kind: "filesystem", uri: `file://${folder}` }, checkpointing: {} },
      }),
      checkpoints: () => ({ history: [], latest: { completed: null, savepoint: null } }),
      holdCheckpoint: (location: string) => {
        onHold(location);
        held.push(location);
        return () => held.splice(held.indexOf(location), 1);
      },
    } as unknown as RunningJob;
  }

  it("stays for as long as it is read, also where reading fails", async () => {
    await take("chk-1", 1);

    await readSnapshot(job(), undefined, async () => expect(held).toEqual([place("chk-1")]));
    expect(held).toEqual([]);

    const refused = readSnapshot(job(), undefined, async () => {
      expect(held).toHaveLength(1);
      throw new Error("no such operator");
    });
    await expect(refused).rejects.toThrow("no such operator");
    expect(held).toEqual([]);
  });

  it("is the one that took the place of the newest, before that was held", async () => {
    await take("chk-2", 2);
    await take("chk-1", 1);
    const replaced = job(() => rmSync(new URL(place("chk-2")), { recursive: true, force: true }));

    const seen = await readSnapshot(replaced, undefined, async (snapshot) => {
      expect(held).toEqual([place("chk-1")]);
      return snapshot.operator("counts").state<number>("seen").get("alice");
    });

    expect(seen).toBe(1);
    expect(held).toEqual([]);
  });

  it("is refused where the one that is named is none of the job's", async () => {
    await take("chk-1", 1);

    const refused = readSnapshot(job(), place("chk-7"), async () => undefined);

    await expect(refused).rejects.toThrow(/chk-7 is no checkpoint or savepoint of job "clicks"/);
    expect(held).toEqual([]);
  });
});
