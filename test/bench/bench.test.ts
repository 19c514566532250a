import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const RUNNER = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));

describe("npm run bench -- state", () => {
  it("runs on a few keys, and stores figures of each back end beside those of the RocksDB library alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "state.json");
    const small = ["--keys", "3000", "--events", "3000", "--runs", "1", "--out", out];

    await promisify(execFile)(process.execPath, [RUNNER, "state", ...small]);

    const { rows } = JSON.parse(readFileSync(out, "utf8"));
    rmSync(folder, { recursive: true });
    const contenders = [
      "heap",
      "RocksDB, cache warm",
      "RocksDB, cache cold",
      "RocksDB, cache too small",
      "raw binding",
    ];
    for (const label of contenders.flatMap((name) => [`3000 uniform: ${name}`, `3000 zipf: ${name}`])) {
      const row = rows.find((one: { label: string }) => one.label === label);
      expect(row["M ops/s"].median, label).toBeGreaterThan(0);
      expect(row["CPU us/op"].median, label).toBeGreaterThan(0);
    }
    for (const label of ["heap, full", "RocksDB, full", "RocksDB, incremental"]) {
      const row = rows.find((one: { label: string }) => one.label === `3000: 10 checkpoints, ${label}`);
      expect(row["all MB"], label).toBeGreaterThan(0);
    }
  });
});

describe("npm run bench -- nexmark", () => {
  it("runs on a small input, checks every checksum, and stores what its figures depend on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "nexmark.json");
    const small = ["--events", "20000", "--runs", "1", "--parallelism", "1", "--queries", "q2,q5", "--out", out];

    const { stdout } = await promisify(execFile)(process.execPath, [RUNNER, "nexmark", ...small]);

    const record = JSON.parse(readFileSync(out, "utf8"));
    rmSync(folder, { recursive: true });
    expect(stdout).toContain("q5 x1");
    expect(record).toMatchObject({ benchmark: "nexmark", events: 20_000, runs: 1, node: process.version });
    expect(record.rows.map(({ label }: { label: string }) => label)).toEqual(["q2 x1", "q5 x1"]);
    for (const row of record.rows) {
      expect(row["M events/s"].median).toBeGreaterThan(0);
      expect(row["CPU us/event"].median).toBeGreaterThan(0);
    }
  });
});

describe("npm run bench -- unaligned", () => {
  it("takes checkpoints that wait and such that overtake, and finds every record once at another parallelism", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "unaligned.json");
    const small = ["--events", "1200", "--runs", "1", "--queries", "aligned,unaligned", "--out", out];

    await promisify(execFile)(process.execPath, [RUNNER, "unaligned", ...small]);

    const [aligned, unaligned] = JSON.parse(readFileSync(out, "utf8")).rows;
    rmSync(folder, { recursive: true });
    expect(aligned).toMatchObject({ label: "aligned", kind: "CHECKPOINT", "in flight kB": { median: 0 } });
    expect(unaligned).toMatchObject({ label: "unaligned", kind: "UNALIGNED_CHECKPOINT" });
    expect(unaligned["in flight kB"].median).toBeGreaterThan(0);
  });
});

describe("npm run bench -- probes", () => {
  it("samples how long records are on their way, and what checkpoints cost", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "probes.json");
    const small = ["--events", "200000", "--parallelism", "1", "--out", out];

    await promisify(execFile)(process.execPath, [RUNNER, "probes", ...small]);

    const { rows } = JSON.parse(readFileSync(out, "utf8"));
    rmSync(folder, { recursive: true });
    expect(rows.map(({ label }: { label: string }) => label)).toEqual([
      "latency at 10000/s, buffer timeout 5 ms",
      "200000 keys, a checkpoint each 50 ms",
      "200000 keys, no checkpoints",
    ]);
    expect(rows[0].samples).toBeGreaterThan(1000);
    expect(rows[1].checkpoints).toBeGreaterThan(0);
    expect(rows[2].checkpoints).toBe(0);
  });
});

describe("npm run bench -- observability", () => {
  it("runs a query alone and looked at, and stores what the difference is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "observability.json");
    const small = ["--events", "400000", "--runs", "1", "--parallelism", "1", "--queries", "wc", "--out", out];

    await promisify(execFile)(process.execPath, [RUNNER, "observability", ...small]);

    const [row] = JSON.parse(readFileSync(out, "utf8")).rows;
    rmSync(folder, { recursive: true });
    expect(row.label).toBe("wc x1");
    expect(row["CPU us/event alone"].median).toBeGreaterThan(0);
    expect(row["CPU us/event watched"].median).toBeGreaterThan(0);
  });
});

describe("npm run bench -- dev", () => {
  it("saves a program again and again, and stores how long each new version took to run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    const out = join(folder, "dev.json");

    await promisify(execFile)(process.execPath, [
      RUNNER,
      "dev",
      "--keys",
      "10",
      "--events",
      "1",
      "--runs",
      "1",
      "--out",
      out,
    ]);

    const [row] = JSON.parse(readFileSync(out, "utf8")).rows;
    rmSync(folder, { recursive: true });
    expect(row.saves).toBe(1);
    expect(row["save to running ms"].median).toBeGreaterThan(50);
  });
});
