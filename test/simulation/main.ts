/** `npm run simulate -- --seeds N [--from S] | --seed S [--trace] [--shrunk]`; see README.md. */
import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.ts";
import { describeScenario, shrink } from "./shrink.ts";
import { scenarioOf, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    shrunk: { type: "boolean", default: false },
    "no-shrink": { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    progress: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds ?? "500") : 1;
const trace = values.trace ? { trace: (line: string) => console.log(line) } : {};
const counts: Record<string, number> = {};
let steps = 0;
let run = 0;
let failed = 0;
let hash = 0;
for (let seed = first; seed < first + count; seed++) {
  const result = await simulate(seed, values.shrunk ? {} : trace);
  run++;
  steps += result.steps;
  hash = (Math.imul(hash, 31) ^ Number.parseInt(result.traceHash, 16)) >>> 0;
  for (const [what, times] of Object.entries(result.counts)) counts[what] = (counts[what] ?? 0) + times;
  if (values.progress && run % 1_000 === 0) console.log(`${run} seeds from ${first}, ${failed} failed`);
  if (result.failure === undefined) {
    if (count === 1) console.log(`seed ${seed}: all laws hold, ${result.steps} steps, trace ${result.traceHash}.`);
    continue;
  }
  failed++;
  console.log(`seed ${seed} failed at step ${result.steps}: ${result.failure}`);
  console.log(`  replay: npm run simulate -- --seed ${seed}`);
  if (!values["no-shrink"] && !values["keep-going"]) await tellShrunk(seed, result.failure);
  if (!values["keep-going"]) break;
}
const told = Object.entries(counts).map(([what, times]) => `${times} x ${what}`);
console.log(`${run} seed(s) from ${first}, ${steps} steps, trace ${hash.toString(16)}; ${told.join(", ")}.`);
console.log(`${run - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function tellShrunk(seed: number, failure: string): Promise<void> {
  const failureOf = async (scenario: Scenario) => (await simulate(seed, { scenario })).failure;
  const shrunk = await shrink(scenarioOf(seed), failure, failureOf);
  if (values.shrunk) await simulate(seed, { scenario: shrunk.scenario, ...trace });
  console.log(`  shrunk in ${shrunk.attempts} attempts: ${describeScenario(shrunk.scenario)}`);
  console.log(`    ${shrunk.failure}`);
  console.log(`    replay: npm run simulate -- --seed ${seed} --shrunk --trace`);
}
