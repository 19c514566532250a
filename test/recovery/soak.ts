/** `npm run soak -- [--minutes 20] [--every 10] [--rate 3000] [--kill process|worker]`: see scripts/soak.mjs. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/core/seeded-random.ts";
import { differences, disturbedLife, outputLines, SINKS } from "./kill-loop.ts";

/** How much more memory may be taken late than early. */
const GROWTH_MAX = 1.3;
/** Fewer samples of memory say nothing. */
const SAMPLES_MIN = 6;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    every: { type: "string", default: "10" },
    rate: { type: "string", default: "3000" },
    kill: { type: "string", default: "process" },
  },
});
const [minutes, everyMs, rate] = [Number(values.minutes), Number(values.every) * 1000, Number(values.rate)];
const root = mkdtempSync(join(tmpdir(), "millrace-soak-"));
const job = {
  program: resolve("test/recovery/counts.program.mjs"),
  seed: 4,
  records: Math.round(minutes * 60 * rate),
  parallelisms: [2],
};
/** At full speed two subtasks of the source would be minutes of event time apart, and all those windows open. */
const undisturbed = { ...job, folder: join(root, "undisturbed"), ratePerSecond: 1e9, parallelisms: [1] };
const disturbed = { ...job, folder: join(root, "soak"), ratePerSecond: rate };
const began = performance.now();
/** Of the process, before each kill. */
const memoryMiB: number[] = [];

try {
  const { exitCode, stderr } = await disturbedLife(undisturbed, async () => {});
  if (exitCode !== 0) throw new Error(`the undisturbed run ended with ${exitCode}:\n${stderr}`);
  report(await (values.kill === "worker" ? killWorkers() : killProcesses()));
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** The process dies again and again, and is started anew: nothing that it leaves makes the next one larger. */
async function killProcesses(): Promise<number> {
  const random = seededRandom(job.seed);
  for (let kills = 0; ; kills++) {
    const life = await disturbedLife(disturbed, async ({ process: child, ended }) => {
      const kill = setTimeout(
        () => {
          sampleMemory(child.pid!);
          child.kill("SIGKILL");
        },
        everyMs * (0.8 + 0.4 * random()),
      );
      await ended;
      clearTimeout(kill);
    });
    if (life.signal === "SIGKILL") continue;
    if (life.exitCode !== 0) throw new Error(`life ${kills + 1} ended with ${life.exitCode}:\n${life.stderr}`);
    return kills;
  }
}

/** One process lives on, while its workers die: nothing that they leave stays in it. */
async function killWorkers(): Promise<number> {
  const configuration = {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000000",
    "restart-strategy.fixed-delay.delay": "100 ms",
  };
  const life = await disturbedLife(
    { ...disturbed, configuration, workerLifeMs: everyMs },
    async ({ process: child, ended }) => {
      const sampling = setInterval(() => sampleMemory(child.pid!), everyMs);
      await ended;
      clearInterval(sampling);
    },
  );
  if (life.exitCode !== 0) throw new Error(`it ended with ${life.signal ?? life.exitCode}:\n${life.stderr}`);
  const { restarts } = JSON.parse(life.stdout) as { restarts: number };
  return restarts;
}

/** One sink after the other: there are millions of lines. */
function report(kills: number): void {
  let lines = 0;
  const different = SINKS.flatMap((sink) => {
    const output = outputLines(disturbed.folder, [sink]);
    lines += output.length;
    return differences(output, outputLines(undisturbed.folder, [sink]));
  });
  // What a garbage collector has not come round to yet goes up and down; what stays is in the least of many samples, too.
  const third = Math.max(1, Math.floor(memoryMiB.length / 3));
  const [early, late] = [Math.min(...memoryMiB.slice(0, third)), Math.min(...memoryMiB.slice(-third))];
  const isEqual = different.length === 0 && lines > job.records;
  const isFlat = memoryMiB.length >= SAMPLES_MIN && late <= early * GROWTH_MAX;
  const took = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${kills} kills of a ${values.kill} in ${took} min at ${rate} records/s, ${lines} lines of output`);
  console.log(`${isEqual ? "✓" : "✗"} output equal to the undisturbed run's ${different.join("; ")}`);
  console.log(
    `${isFlat ? "✓" : "✗"} memory of the process at least ${early.toFixed(0)} MiB in the first third of ${memoryMiB.length} samples, ${late.toFixed(0)} MiB in the last, and at most ${Math.max(...memoryMiB).toFixed(0)} MiB`,
  );
  process.exitCode = isEqual && isFlat ? 0 : 1;
}

/** Of a process that is just ending there is nothing to be read. */
function sampleMemory(pid: number): void {
  const status = `/proc/${pid}/status`;
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(existsSync(status) ? readFileSync(status, "utf8") : "") ?? [];
  if (kib === undefined) return;
  memoryMiB.push(Number(kib) / 1024);
  if (memoryMiB.length % 10 === 0) console.log(`sample ${memoryMiB.length}: ${memoryMiB.at(-1)!.toFixed(0)} MiB`);
}
