/** `npm run soak -- [--minutes 20] [--every 10] [--rate 3000]`: see scripts/soak.mjs. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/core/seeded-random.ts";
import { differences, disturbedLife, undisturbed } from "./kill-loop.ts";

/** How much more memory late lives may take than early ones: what a garbage collector leaves to chance. */
const GROWTH_MAX = 1.3;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    every: { type: "string", default: "10" },
    rate: { type: "string", default: "3000" },
  },
});
const [minutes, every, rate] = [Number(values.minutes), Number(values.every), Number(values.rate)];
const folder = mkdtempSync(join(tmpdir(), "millrace-soak-"));
const job = {
  program: resolve("test/recovery/counts.program.mjs"),
  seed: 4,
  records: Math.round(minutes * 60 * rate),
  parallelisms: [2],
};
const random = seededRandom(job.seed);
/** Of each killed life, right before its end. */
const memoryMiB: number[] = [];

try {
  const expected = await undisturbed({ ...job, folder: join(folder, "undisturbed"), ratePerSecond: 1e9 });
  for (let life = 1; ; life++) {
    const { signal, exitCode, stderr, output } = await disturbedLife(
      { ...job, folder: join(folder, "soak"), ratePerSecond: rate },
      async ({ process: child, ended }) => {
        const kill = setTimeout(
          () => {
            memoryMiB.push(residentMiB(child.pid!));
            child.kill("SIGKILL");
          },
          every * 1000 * (0.8 + 0.4 * random()),
        );
        await ended;
        clearTimeout(kill);
      },
    );
    if (signal === "SIGKILL") continue;
    if (exitCode !== 0) throw new Error(`life ${life} ended with ${exitCode}:\n${stderr}`);
    report(life, differences(output, expected), output.length);
    break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report(lives: number, different: readonly string[], lines: number): void {
  const third = Math.max(1, Math.floor(memoryMiB.length / 3));
  const [early, late] = [mean(memoryMiB.slice(0, third)), mean(memoryMiB.slice(-third))];
  const isFlat = memoryMiB.length < 6 || late <= early * GROWTH_MAX;
  console.log(`${lives - 1} kills in ${minutes} min at ${rate} records/s, ${lines} lines of output`);
  console.log(`${different.length === 0 ? "✓" : "✗"} output equal to the undisturbed run's ${different.join("; ")}`);
  console.log(
    `${isFlat ? "✓" : "✗"} memory ${early.toFixed(0)} MiB in early lives, ${late.toFixed(0)} MiB in late ones`,
  );
  process.exitCode = different.length === 0 && isFlat ? 0 : 1;
}

function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, one) => sum + one, 0) / Math.max(1, figures.length);
}
