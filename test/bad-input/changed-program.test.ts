import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Collector,
  FsStateBackend,
  type JobClient,
  type KeyedContext,
  listState,
  type StateDeclarations,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { environment, failureOf, lines, observeJobs, warnings } from "./observed-jobs.ts";

observeJobs();

const COUNT = 200;
const EXPECTED = Array.from({ length: COUNT }, (_, value) => `${value}: ${Math.floor(value / 10)}`);

let folder: string;
let template: string;

interface Version {
  readonly state?: StateDeclarations;
  readonly uid?: string;
  readonly name?: string;
  readonly parallelism?: number;
  readonly maxParallelism?: number;
  readonly ignoresUnclaimedState?: boolean;
  readonly ratePerSecond?: number;
  readonly at?: (value: number) => void;
  readonly restoreFrom?: string;
}

/** The first version keeps, per last digit, how many numbers there were so far. */
function start(version: Version = {}): { readonly job: Promise<JobClient>; readonly seen: () => readonly unknown[] } {
  const {
    state = { seen: valueState({ initial: 0 }) },
    uid = "count",
    name = "count per digit",
    at = () => {},
  } = version;
  const env = environment({
    "millrace.host": "in-process",
    ...(version.ignoresUnclaimedState ? { "execution.state-recovery.ignore-unclaimed-state": true } : {}),
  });
  env.enableCheckpointing(ON_REQUEST_MS).setStateBackend(new FsStateBackend(`file://${folder}/checkpoints`));
  env.setParallelism(version.parallelism ?? 1);
  if (version.maxParallelism !== undefined) env.setMaxParallelism(version.maxParallelism);
  const { ratePerSecond } = version;
  const all = env
    .fromSource(
      new DataGeneratorSource({
        count: COUNT,
        ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
        generate: (index) => index,
      }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .uid("numbers")
    .setParallelism(1)
    .map((value) => {
      at(value);
      return value;
    })
    .setParallelism(1)
    .keyBy((value) => value % 10)
    .process({
      state,
      processElement(value: number, context: KeyedContext<number, StateDeclarations>, out: Collector<string>) {
        const seen = context.state["seen"] as unknown as { value?(): unknown; update(value: unknown): void };
        const before = seen.value?.() ?? 0;
        seen.update(typeof before === "number" ? before + 1 : before);
        out.collect(`${value}: ${before}`);
      },
    })
    .name(name)
    .uid(uid)
    .collect();
  return { job: env.executeAsync("digits"), seen: () => all.values() };
}

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(`${folder}/checkpoints/digits/chk-1`, { recursive: true, encoding: "utf8" }).map((name) => [
      name,
      readFileSync(join(folder, "checkpoints/digits/chk-1", name), "latin1"),
    ]),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-changed-"));
  template = `${folder}.template`;
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const job = await start({ ratePerSecond: 1_000, at: (value) => (value === 50 ? reach() : undefined) }).job;
  await reached;
  await job.triggerCheckpoint();
  await job.suspend();
  renameSync(folder, template);
});
afterAll(() => rmSync(template, { recursive: true, force: true }));
beforeEach(() => cpSync(template, folder, { recursive: true }));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a program that has changed", () => {
  const refusals: readonly (readonly [name: string, version: Version, says: string | RegExp])[] = [
    [
      "the declared type of a state",
      { state: { seen: valueState({ schema: { type: "string" } }) } },
      /^STATE_INCOMPATIBLE: operator "count per digit" \(1\/1\) failed in open: state "seen" of operator "count per digit" holds values that the program does not expect: value: was number, is string\.\n {2}.*change the type back, .*or give the new state another name\.$/i,
    ],
    [
      "the type of the initial value",
      { state: { seen: valueState({ initial: "" }) } },
      /^STATE_INCOMPATIBLE: operator "count per digit" \(1\/1\) failed in open: state "seen" of operator "count per digit" holds values that the program does not expect: value: was number, is string\.\n {2}.*change the type back, .*or give the new state another name\.$/i,
    ],
    [
      "the kind of a state",
      { state: { seen: listState<number>() } },
      'STATE_INCOMPATIBLE: operator "count per digit" (1/1) failed in open: state "seen" of operator "count per digit" is value state in the snapshot and list state in the program.\n' +
        "  Declare it as value state again, or give the new state another name; the old one then stays in the snapshots.",
    ],
    [
      "whether a state has a time to live",
      { state: { seen: valueState({ initial: 0, ttl: "1h" }) } },
      'STATE_INCOMPATIBLE: operator "count per digit" (1/1) failed in open: state "seen" of operator "count per digit" has no time to live in the snapshot and one in the program.\n' +
        "  Enabling or disabling a ttl needs a new state: remove the ttl again, or give the state another name.",
    ],
    [
      "the uid of an operator with state",
      { uid: "count-per-digit" },
      'STATE_NOT_CLAIMED: checkpoint 1 of job "digits" holds state of "count per digit" (uid "count"), which this program no longer has. The same holds for 1 more.\n' +
        '  If it is now called "count per digit", give that one .uid("count"). To drop the state, start with --allow-non-restored-state.',
    ],
    [
      "its max parallelism",
      { maxParallelism: 64 },
      /^MAX_PARALLELISM_MISMATCH: checkpoint 1 of job "digits" holds state of "[^"]+" in 128 key groups, but the program sets its max parallelism to 64\.\n {2}Set it to 128, or leave it out and the checkpoint's value is used\.$/,
    ],
    [
      "its parallelism to more than there are key groups",
      { parallelism: 200 },
      'MAX_PARALLELISM_MISMATCH: checkpoint 1 of job "digits" holds state of "count per digit" in 128 key groups, which cannot be dealt out to 200 subtasks.\n' +
        "  Run it with a parallelism of at most 128.",
    ],
  ];
  for (const [name, version, says] of refusals) {
    it(`in ${name} is refused before a record reaches it, and its checkpoint stays as it was`, async () => {
      const before = contents();
      const changed = start(version);

      const failure = await failureOf(changed.job.then((job) => job.result()));

      if (typeof says === "string") expect(failure.message).toBe(says);
      else expect(failure.message).toMatch(says);
      expect(failure.next).toBe("fail");
      // Nothing but what the checkpoint holds as finished output.
      expect(changed.seen().length).toBeLessThan(COUNT);
      expect(changed.seen()).toEqual(EXPECTED.slice(0, changed.seen().length));
      expect(contents()).toEqual(before);
      const again = start();
      const result = await (await again.job).result();
      expect(result.restoredFrom).toBe(`file://${folder}/checkpoints/digits/chk-1`);
      expect(again.seen()).toEqual(EXPECTED);
    });
  }

  it("and may drop the state of an operator that is gone does so, and says so", async () => {
    const changed = start({ uid: "count-per-digit", ignoresUnclaimedState: true });
    const result = await (await changed.job).result();

    expect(result.restoredFrom).toBe(`file://${folder}/checkpoints/digits/chk-1`);
    expect(warnings()).toEqual([
      'WARN the state of "count per digit" (uid "count") is dropped: the program has that operator no more.',
      // Its id comes from the operators before it.
      'WARN the state of "Sink: Collect" is dropped: the program has that operator no more.',
    ]);
    expect(lines.some((line) => line.startsWith('"digits" restores checkpoint 1 of '))).toBe(true);
    expect(changed.seen().at(-1)).not.toBe("199: 19");
  });

  it("in the name of a state begins that state anew, keeps the old one, and says so", async () => {
    const changed = start({ state: { seen: valueState({ initial: 0, name: "total" }) } });
    await (await changed.job).result();

    expect(warnings()).toEqual([
      'WARN "count per digit" restored state that it does not use: "seen"; it is kept, for a program that does',
    ]);
    expect(changed.seen().at(-1)).not.toBe("199: 19");
  });

  it("in the name alone goes on as before", async () => {
    const changed = start({ name: "counts" });
    await (await changed.job).result();

    expect(changed.seen()).toEqual(EXPECTED);
    expect(warnings()).toEqual([]);
  });
});
