import { describe, expect, it } from "vitest";
import { StreamExecutionEnvironment } from "../api/stream-execution-environment.ts";
import type { WindowedStream } from "../api/windowed-stream.ts";
import type { Duration } from "../core/time.ts";
import { planJob } from "../graph/plan-job.ts";
import { count } from "../operators/aggregates.ts";
import { type OperatorStateDeclarations, unionListState } from "../operators/functions.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import type { TimeWindow } from "../operators/windows/window.ts";
import { listState, mapState, type StateDeclarations, valueState } from "../state/descriptors.ts";
import { HeapOperatorStateBackend } from "../state/heap/heap-operator-state-backend.ts";
import { checkUpgrade, type UpgradeOptions } from "./check-upgrade.ts";
import { type SampleOperator, sampleDisk, writeSample } from "./sample-snapshot.ts";
import { openSnapshot } from "./snapshot-reader.ts";
import type { UpgradeReport } from "./upgrade-report.ts";

type Env = StreamExecutionEnvironment;

const PRICE = { schema: { type: "object", fields: { price: { type: "string" } } } } as const;

/** What the program before had: an operator with a uid, with state of every kind, and timers. */
function saved(changes: Partial<SampleOperator> = {}): SampleOperator {
  return {
    uid: "counts",
    name: "count per user",
    parallelism: 2,
    fill(backend, owns) {
      const last = backend.open("last", valueState<{ price: string }>(PRICE));
      const pages = backend.open("pages", listState<string>());
      const timers = backend.openTimers("event-time-timers");
      for (const key of ["alice", "bob", "carol"].filter(owns)) {
        backend.setCurrentKey(key);
        last.update({ price: key });
        pages.add("/");
        timers.register(5);
      }
    },
    ...changes,
  };
}

const STATE = { last: valueState<{ price: string }>(PRICE), pages: listState<string>() };

/** The program of today: `counts` is what it has in place of the saved operator. */
function counting(state: StateDeclarations, uid: string | null = "counts", formerly: readonly string[] = []) {
  return (env: Env): void => {
    const counts = env
      .fromCollection(["alice"])
      .uid("names")
      .keyBy((name) => name)
      .process({ state, processElement() {} });
    if (uid !== null) counts.uid(uid, { formerly });
    counts.name("count per user").print().name("printed");
  };
}

async function check(
  declare: (env: Env) => void,
  operators: readonly SampleOperator[] = [saved()],
  options: UpgradeOptions = {},
): Promise<UpgradeReport> {
  const disk = sampleDisk();
  await writeSample(disk, "/chk-1", operators);
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  declare(env);
  const settings = { parallelism: 1, maxParallelism: undefined, chaining: true, autoGenerateUids: true };
  const graph = planJob(env.getStreamGraph(), settings);
  return checkUpgrade((await openSnapshot("/chk-1", disk.resolve)).checkpoint, graph, options);
}

const verdictsOf = ({ operators }: UpgradeReport): Record<string, string> =>
  Object.fromEntries(operators.map(({ name, verdict }) => [name, verdict]));

async function stateOf(name: string, state: StateDeclarations, operators?: readonly SampleOperator[]) {
  const report = await check(counting(state), operators);
  return report.operators.flatMap(({ states }) => states).find((one) => one.name === name);
}

describe("an upgrade check", () => {
  it("finds nothing to say of the same program; operators that had no state are new", async () => {
    const report = await check(counting(STATE));

    expect(report.ok).toBe(true);
    expect(report.snapshot).toMatchObject({ jobName: "clicks", checkpointId: 1 });
    expect(verdictsOf(report)).toMatchObject({ "count per user": "mapped", printed: "new" });
    const counts = report.operators.find(({ uid }) => uid === "counts")!;
    expect(counts).toMatchObject({ keys: "string", blocks: false, differences: [] });
    expect(counts.declaredAt).toMatch(/check-upgrade\.test\.ts:\d+/);
    expect(counts.states.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["last", "mapped"],
      ["pages", "mapped"],
      ["event-time-timers", "mapped"],
    ]);
  });

  it("follows an operator to its new uid", async () => {
    const report = await check(counting(STATE, "page-counts", ["counts"]));

    expect(report.ok).toBe(true);
    expect(report.operators.find(({ uid }) => uid === "page-counts")).toMatchObject({
      verdict: "renamed",
      saved: { uid: "counts" },
    });
  });

  it("blocks where an operator with state is gone, and says which one may go on with it and how", async () => {
    const report = await check(counting(STATE, "clicks-per-user"));

    expect(report.ok).toBe(false);
    const gone = report.operators.at(-1)!;
    expect(gone).toMatchObject({ name: "count per user", uid: "counts", verdict: "dropped", blocks: true });
    expect(gone.code).toBe('.uid("clicks-per-user", { formerly: ["counts"] })');
    expect(gone.advice).toMatch(/If it is now "count per user" \(.*check-upgrade\.test\.ts:\d+/);
  });

  it("names an operator without a uid by its name", async () => {
    const report = await check(counting(STATE, null), [saved({ uid: undefined })]);

    expect(report.operators.at(-1)!.code).toBe('.uid("count-per-user", { formerly: ["count per user"] })');
    expect((await check(counting(STATE, "c", ["count per user"]), [saved({ uid: undefined })])).ok).toBe(true);
  });

  it("blocks nothing that was allowed to be dropped", async () => {
    const report = await check((env) => env.fromCollection([1]).print(), [saved()], { allowNonRestoredState: true });

    expect(report.ok).toBe(true);
    expect(report.operators.at(-1)).toMatchObject({ verdict: "dropped", blocks: false });
  });

  it("blocks where a state with another type has no way from the old to the new", async () => {
    const schema = { type: "object", fields: { price: { type: "number" } } } as const;

    const incompatible = await stateOf("last", { ...STATE, last: valueState<{ price: number }>({ schema }) });
    const migrated = await stateOf("last", {
      ...STATE,
      last: valueState<{ price: number }>({ schema, migrate: () => ({ price: 1 }) }),
    });

    expect(incompatible).toMatchObject({
      verdict: "incompatible",
      blocks: true,
      differences: ['field "price": was string, is number'],
      code: "migrate: (old: { price: string }) => ({ ...old, /* today's fields */ })",
    });
    expect(migrated).toMatchObject({ verdict: "migrated", blocks: false });
  });

  it("tells of fields that are filled, and of those that are not used any more", async () => {
    const filled = await stateOf("last", { ...STATE, last: valueState({ initial: { price: "", sold: 0 } }) });
    const removed = await stateOf("last", { ...STATE, last: valueState({ initial: { sold: null } }) });

    expect(filled).toMatchObject({ verdict: "migrated", differences: ['field "sold": is new'] });
    expect(removed).toMatchObject({ verdict: "mapped", differences: ['field "price": is not used any more'] });
  });

  it("blocks where a state has another kind or time to live, for which there is no migration", async () => {
    expect(await stateOf("pages", { ...STATE, pages: mapState() })).toMatchObject({
      verdict: "incompatible",
      differences: ["is list state in the snapshot and map state in the program"],
      code: undefined,
    });
    expect(await stateOf("pages", { ...STATE, pages: listState({ ttl: "1h" }) })).toMatchObject({
      verdict: "incompatible",
      code: undefined,
    });
  });

  it("blocks where a state is not declared any more, and says how a renamed one keeps its name", async () => {
    const report = await check(counting({ last: STATE.last, visited: listState<string>() }));

    expect(report.ok).toBe(false);
    const states = report.operators.flatMap((operator) => operator.states);
    expect(states.find(({ name }) => name === "visited")!.verdict).toBe("new");
    expect(states.find(({ name }) => name === "pages")).toMatchObject({
      verdict: "dropped",
      blocks: true,
      code: 'visited: listState({ name: "pages" })',
    });
  });

  it("does not miss a state in which nothing was", async () => {
    const emptied = saved({
      fill(backend) {
        backend.open("pages", listState<string>());
        backend.setCurrentKey("alice");
        backend.open("last", STATE.last).update({ price: "1" });
      },
      parallelism: 1,
    });

    expect((await check(counting({ last: STATE.last }), [emptied])).ok).toBe(true);
  });

  it("asks the windows whether those that are open can go on", async () => {
    const slices = saved({
      uid: "windows",
      fill(backend, owns) {
        const state = backend.openSlices<number>("window-slices", (n) => n);
        backend.tellWindows("window-slices", "TumblingEventTimeWindows(3600000) with EventTimeTrigger");
        for (const key of ["a", "b"].filter(owns)) {
          backend.setCurrentKey(key);
          state.put(10, 1);
        }
      },
    });
    const verdicts = async (
      declare: (windows: WindowedStream<string, string, TimeWindow>) => { uid(uid: string): unknown },
      size: Duration = "1h",
    ) => {
      const report = await check(
        (env) => {
          const windows = env
            .fromCollection(["a"])
            .keyBy((name) => name)
            .window(TumblingEventTimeWindows.of(size));
          declare(windows).uid("windows");
        },
        [slices],
      );
      const states = report.operators.flatMap(({ states }) => states);
      return states.find(({ name }) => name === "window-slices");
    };

    expect(await verdicts((windows) => windows.aggregate(count()))).toMatchObject({ verdict: "mapped" });
    expect(await verdicts((windows) => windows.allowedLateness("1m").aggregate(count()))).toMatchObject({
      verdict: "migrated",
      blocks: false,
    });
    expect(await verdicts((windows) => windows.process({ process() {} }))).toMatchObject({
      verdict: "incompatible",
      blocks: true,
      differences: [expect.stringMatching(/one result per window, and process.*needs all elements/)],
      advice: expect.stringMatching(/drain/),
    });
    expect(await verdicts((windows) => windows.aggregate(count()), "2h")).toMatchObject({
      verdict: "incompatible",
      blocks: true,
      differences: [
        expect.stringMatching(
          /the snapshot holds TumblingEventTimeWindows\(3600000\) with EventTimeTrigger, and the program has .*\(7200000\)/,
        ),
      ],
    });
  });

  it("says what a restore would say of parallelism", async () => {
    const report = await check((env) => {
      const counts = env
        .fromCollection(["a"])
        .keyBy((name) => name)
        .process({ state: STATE, processElement() {} });
      counts.uid("counts").setMaxParallelism(64);
    });

    expect(report.ok).toBe(false);
    expect(report.operators.find(({ uid }) => uid === "counts")).toMatchObject({
      verdict: "incompatible",
      blocks: true,
      differences: [expect.stringMatching(/8 key groups.*max parallelism to 64/)],
      advice: expect.stringMatching(/Set it to 8/),
    });
  });

  it("says that keys of another type than declared are never migrated", async () => {
    const keyedBy = (type: "string" | "number") => (env: Env) => {
      const counts = env
        .fromCollection(["a"])
        .keyBy((name) => name, { schema: { type } })
        .process({ state: STATE, processElement() {} });
      counts.uid("counts");
    };

    expect((await check(keyedBy("string"))).ok).toBe(true);
    const report = await check(keyedBy("number"));
    expect(report.operators.find(({ uid }) => uid === "counts")).toMatchObject({
      verdict: "incompatible",
      differences: [expect.stringMatching(/by keys of type string, but the program keys it by number/)],
      advice: expect.stringMatching(/never migrated/),
    });
  });

  it("compares states of subtasks by mode and declared type", async () => {
    const backend = new HeapOperatorStateBackend("batch");
    backend.list<string>("waiting").add("x");
    const rest = { operatorState: backend.snapshot() };
    const batch: SampleOperator = { uid: "batch", name: "batch", parallelism: 1, fill() {}, rest };
    const stateFor = async (operatorState: OperatorStateDeclarations) => {
      const declare = (env: Env): void => {
        env
          .fromCollection(["a"])
          .process({ operatorState, processElement() {} })
          .uid("batch");
      };
      const { operators } = await check(declare, [batch]);
      return operators.find(({ uid }) => uid === "batch")!.states[0];
    };
    const schema = { type: "number" } as const;

    expect(await stateFor({ waiting: listState<string>() })).toMatchObject({ verdict: "mapped" });
    expect(await stateFor({ waiting: unionListState<string>() })).toMatchObject({
      verdict: "incompatible",
      blocks: true,
    });
    expect(await stateFor({ waiting: listState<number>({ schema }) })).toMatchObject({
      verdict: "incompatible",
      differences: ["value: was string, is number"],
    });
    expect(await stateFor({ waiting: listState<number>({ schema, migrate: Number }) })).toMatchObject({
      verdict: "migrated",
    });
  });
});
