/** `millrace dev` with a small job that is saved again and again: how long from each save until the new version runs with the state. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spreadOf } from "../results.mjs";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Nobody saves faster, and what is started ahead for the next save is ready by then. */
const PAUSE_MS = 3_000;

export async function run({ runs, events: saves = 5, keys: [keys] = [1_000] }) {
  const busyBefore = loadavg()[0];
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-dev-"));
  const program = join(folder, "ticks.ts");
  writeFileSync(program, textOf("version 0", keys));
  const dev = new Dev(program);
  try {
    await dev.said("RUNNING");
    const figures = [];
    for (let save = 1; save <= runs * saves; save++) {
      await sleep(PAUSE_MS);
      const startMs = performance.now();
      writeFileSync(program, textOf(`version ${save}`, keys));
      await dev.said("the new version runs", save);
      figures.push(performance.now() - startMs);
    }
    const label = `a job with ${keys} keys`;
    return {
      loadAverage: [busyBefore, loadavg()[0]],
      rows: [{ label, saves: figures.length, "save to running ms": spreadOf(figures) }],
    };
  } finally {
    await dev.end();
    rmSync(folder, { recursive: true });
  }
}

class Dev {
  #text = "";
  #process;

  constructor(program) {
    this.#process = spawn(process.execPath, [CLI, "dev", program], { stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr.on("data", (text) => {
      this.#text += text;
    });
  }

  async said(what, times = 1) {
    while (this.#text.split(what).length - 1 < times) {
      if (this.#process.exitCode !== null || this.#text.includes("goes on as it was")) throw new Error(this.#text);
      await sleep(5);
    }
  }

  async end() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGINT");
    await new Promise((resolve) => this.#process.once("exit", resolve));
  }
}

function textOf(label, keys) {
  return `
import { StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

interface Tick { readonly key: number }
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(1_000);
const source = new DataGeneratorSource<Tick>({ generate: (index) => ({ key: index % ${keys} }), ratePerSecond: 1_000 });
const state = { count: valueState({ initial: 0 }) };
env
  .fromSource(source, WatermarkStrategy.noWatermarks<Tick>(), "ticks")
  .uid("ticks")
  .keyBy("key")
  .process<string, typeof state>({
    state,
    processElement({ key }, { state: { count } }, out) {
      count.update(count.value() + 1);
      out.collect("${label}: " + key + " " + count.value());
    },
  })
  .uid("count")
  .print()
  .uid("out");
await env.execute("ticks");
`;
}
