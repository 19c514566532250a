import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FsStateBackend, type JobClient, WatermarkStrategy } from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { environment, observeJobs, warnings } from "./observed-jobs.ts";

observeJobs();

const COUNT = 300;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-taken-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(ratePerSecond?: number): Promise<JobClient> {
  const env = environment();
  env.enableCheckpointing(ON_REQUEST_MS).setStateBackend(new FsStateBackend(`file://${folder}/checkpoints`));
  env
    .fromSource(
      new DataGeneratorSource({
        count: COUNT,
        ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
        generate: (index) => index,
      }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .sinkTo(FileSink.jsonLines(`${folder}/out`, { rolling: { onCheckpoint: true } }))
    .name("numbers in files");
  return env.executeAsync("taken");
}

const finished = (): string[] =>
  readdirSync(`${folder}/out`, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".jsonl") && !name.startsWith("."),
  );

const numbersIn = (...paths: string[]): number[] =>
  paths.flatMap((path) => readFileSync(path, "utf8").trim().split("\n").map(Number));

it("a finished file that its reader takes away before the job goes down does not keep the job from starting again", async () => {
  const first = await start(1_000);
  await first.triggerCheckpoint();
  while (finished().length === 0) await new Promise(setImmediate);
  const [name] = finished();
  renameSync(join(folder, "out", name!), `${folder}/taken.jsonl`);
  await first.suspend();

  await (await start()).result();

  expect(warnings()).toEqual([
    'WARN "numbers in files" found 1 file(s) of its restored checkpoint neither finished nor unfinished; they count as finished before the restart and taken away since',
  ]);
  const all = numbersIn(`${folder}/taken.jsonl`, ...finished().map((path) => join(folder, "out", path)));
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, index) => index));
});
