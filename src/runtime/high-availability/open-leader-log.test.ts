import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleRecord } from "../../checkpoint/leadership/sample-records.ts";
import { openLeaderLog } from "./open-leader-log.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the leader log of a job", () => {
  it("lies where a person would look for it", async () => {
    const log = await openLeaderLog({ storageDir: `file://${root}`, clusterId: "blue", leaseMs: 1_000 }, "a b");

    await log.append(0, sampleRecord(1, "a"));

    expect(readdirSync(join(root, "blue/a%20b"))).toEqual(["leader.1"]);
  });

  it("is not begun in a folder that is not there: it may be a disk that is not mounted", async () => {
    const settings = { storageDir: join(root, "mnt"), clusterId: "default", leaseMs: 1_000 };

    await expect(openLeaderLog(settings, "clicks")).rejects.toThrow(/no such folder(.|\n)*mkdir -p .*mnt/);
  });
});
