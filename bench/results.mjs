/** How figures are summed up and stored, with what they depend on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";

export function describeMachine() {
  return {
    commit:
      git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "src") === "" ? "" : " with changes"),
    date: new Date().toISOString(),
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}

/** The median of some runs, with their spread. */
export function spreadOf(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const round = (value) => Number(value.toPrecision(3));
  return { median: round(sorted[sorted.length >> 1]), min: round(sorted[0]), max: round(sorted.at(-1)) };
}

export function writeResult(out, record) {
  mkdirSync(new URL("./results/", import.meta.url), { recursive: true });
  writeFileSync(out, `${JSON.stringify(record, null, 2)}\n`);
}

function git(...args) {
  try {
    return execFileSync("git", args, { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
