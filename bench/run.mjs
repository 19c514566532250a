/**
 * Runs a benchmark and stores its figures: `npm run bench -- nexmark [--events 6000000] [--runs 3] [--parallelism 1,2] [--queries q0,wc]`,
 * `npm run bench -- state [--keys 1000000,10000000] [--runs 3]`, `npm run bench -- dev`, `npm run bench -- unaligned [--events 100000] [--runs 3]`.
 * Prints a table and writes `bench/results/<name>.json`, with what the figures depend on. Each benchmark is a module `<name>/bench.mjs`
 * that exports `run(options)` and gives rows with a `label` and figures; every figure is the median of the runs, with its spread.
 */
import { parseArgs } from "node:util";
import { describeMachine, writeResult } from "./results.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: "string" },
    runs: { type: "string", default: "3" },
    parallelism: { type: "string", default: "1,2" },
    queries: { type: "string" },
    keys: { type: "string" },
    out: { type: "string" },
  },
});
const [name] = positionals;
if (name === undefined) {
  console.error("Which benchmark? For example: npm run bench -- nexmark");
  process.exit(2);
}

const { run } = await import(new URL(`./${name}/bench.mjs`, import.meta.url)).catch((error) => {
  console.error(`There is no benchmark "${name}": ${error.message}`);
  process.exit(2);
});
const runs = Number(values.runs);
const result = await run({
  runs,
  events: values.events === undefined ? undefined : Number(values.events),
  parallelism: values.parallelism.split(",").map(Number),
  queries: values.queries?.split(","),
  keys: values.keys?.split(",").map(Number),
});

console.table(Object.fromEntries(result.rows.map(({ label, ...figures }) => [label, shorten(figures)])));
writeResult(values.out ?? new URL(`./results/${name}.json`, import.meta.url), {
  benchmark: name,
  ...describeMachine(),
  runs,
  ...result,
});

function shorten(figures) {
  return Object.fromEntries(
    Object.entries(figures).map(([figure, value]) => [
      figure,
      typeof value === "object" ? `${value.median} (${value.min} to ${value.max})` : value,
    ]),
  );
}
