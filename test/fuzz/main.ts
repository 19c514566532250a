/** Feeds targets for a time: `npm run fuzz -- [--seconds 600] [--seed 1] [target ...]`. Exit code 1 where anything was found. */
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/core/seeded-random.ts";
import { mutated } from "./mutations.ts";
import { type FuzzTarget, fuzz, TARGETS } from "./targets.ts";

/** Of a target's samples, those that it met with an answer of their own. */
const CORPUS_MAX = 2_000;

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});

const unknown = positionals.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined) {
  console.error(`There is no target "${unknown}"; there are ${TARGETS.map(({ name }) => name).join(", ")}.`);
  process.exit(1);
}

const chosen = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let failed = 0;
for (const target of chosen) if (!explore(target, Number(values.seconds), Number(values.seed))) failed += 1;
console.log(failed === 0 ? "nothing was found" : `${failed} target(s) with findings`);
process.exitCode = failed === 0 ? 0 : 1;

/** @returns false with the first finding, printed as a line for findings.ts. */
function explore(target: FuzzTarget, seconds: number, seed: number): boolean {
  const chance = seededRandom(seed);
  const corpus = [...target.samples];
  const answers = new Set<string>();
  const endMs = Date.now() + seconds * 1_000;
  let runs = 0;
  let slowestMs = 0;
  while (Date.now() < endMs) {
    const input = mutated(corpus, chance);
    const startMs = performance.now();
    let answer: string;
    try {
      answer = fuzz(target, input);
    } catch (error) {
      const base64 = Buffer.from(input).toString("base64");
      console.log(`✗ ${target.name}: after ${runs} inputs: ${error instanceof Error ? error.stack : String(error)}`);
      console.log(`  { target: "${target.name}", why: "", base64: "${base64}" },`);
      return false;
    }
    runs += 1;
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    // An answer not seen before came from a part of the reader not reached before: worth going on from.
    if (answers.has(answer)) continue;
    answers.add(answer);
    if (corpus.length < CORPUS_MAX) corpus.push(input);
  }
  const slowest = slowestMs.toFixed(0);
  console.log(
    `✓ ${target.name}: ${runs} inputs in ${seconds} s, ${answers.size} kinds of answers, slowest ${slowest} ms`,
  );
  return true;
}
