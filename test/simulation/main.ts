/** `npm run simulate -- --seeds N [--from S] | --seed S [--trace]`. */
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    "no-shrink": { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds ?? "500") : 1;
const counts: Record<string, number> = {};
let steps = 0;
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const result = await simulate(seed, values.trace ? { trace: (line) => console.log(line) } : {});
  steps += result.steps;
  for (const [what, times] of Object.entries(result.counts)) counts[what] = (counts[what] ?? 0) + times;
  if (result.failure === undefined) {
    if (count === 1) console.log(`seed ${seed}: all laws hold, ${result.steps} steps, trace ${result.traceHash}.`);
    continue;
  }
  failed++;
  console.log(`seed ${seed} failed at step ${result.steps}: ${result.failure}`);
  console.log(`  replay: npm run simulate -- --seed ${seed}`);
  if (!values["keep-going"]) break;
}
const told = Object.entries(counts).map(([what, times]) => `${times} x ${what}`);
console.log(`${count} seed(s) from ${first}, ${steps} steps, ${failed} failed; ${told.join(", ")}.`);
process.exitCode = failed === 0 ? 0 : 1;
