import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Started } from "../started-process.ts";
import { PATIENCE, Project } from "./millrace.ts";

/** One story: a program that is saved four times. */
describe("millrace dev", () => {
  let project: Project;
  let dev: Started;

  beforeAll(() => {
    project = new Project();
    project.write("ticks.ts", program({ label: "one" }));
    dev = project.start("dev", "ticks.ts");
  });
  afterAll(() => project.remove());

  const countsOf = (label: string): number[] =>
    [...dev.stdout().matchAll(new RegExp(`^${label} (\\d+)$`, "gm"))].map(([, count]) => Number(count));

  it("runs the program", async () => {
    await vi.waitFor(() => expect(countsOf("one").length).toBeGreaterThan(3), PATIENCE);
  });

  it("goes over to what was saved, with its state", async () => {
    project.write("ticks.ts", program({ label: "two" }));
    await vi.waitFor(() => expect(countsOf("two").length).toBeGreaterThan(3), PATIENCE);

    await vi.waitFor(() => expect(dev.stderr()).toContain("the new version runs, with its state, after"), PATIENCE);
    // Not one tick was lost or counted twice.
    expect(countsOf("two")[0]).toBe(countsOf("one").at(-1)! + 1);
  });

  it("goes on with the old version where the state cannot be kept, and shows the difference", async () => {
    project.write("ticks.ts", program({ label: "three", initial: '"none"' }));
    await vi.waitFor(() => expect(dev.stderr()).toContain("The program goes on as it was"), PATIENCE);
    const before = countsOf("two").length;
    await vi.waitFor(() => expect(countsOf("two").length).toBeGreaterThan(before + 3), PATIENCE);

    expect(dev.stderr()).toMatch(/count \(value\) +✗ incompatible/);
    expect(countsOf("three")).toEqual([]);
  });

  it("goes on with the old version where the new one cannot be loaded", async () => {
    project.write("ticks.ts", "this is no program");
    await vi.waitFor(() => expect(dev.stderr().split("The program goes on as it was").length).toBe(3), PATIENCE);

    project.write("ticks.ts", program({ label: "four" }));
    await vi.waitFor(() => expect(countsOf("four").length).toBeGreaterThan(3), PATIENCE);
    expect(countsOf("four")[0]).toBe(countsOf("two").at(-1)! + 1);
  });

  it("ends by Ctrl-C, with the program", async () => {
    dev.process.kill("SIGINT");
    const { exitCode } = await dev.ended;

    expect(exitCode).toBe(0);
    expect(dev.stderr()).toContain('"ticks" was stopped');
  });
});

function program({ label, initial = "0" }: { readonly label: string; readonly initial?: string }): string {
  return `
import { StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(200);
const source = new DataGeneratorSource({ generate: (index: number) => ({ key: "all", index }), ratePerSecond: 50 });
const state = { count: valueState({ initial: ${initial} as any }) };
env
  .fromSource(source, WatermarkStrategy.noWatermarks<{ key: string; index: number }>(), "ticks")
  .uid("ticks")
  .keyBy("key")
  .process<string, typeof state>({
    state,
    processElement(_tick, { state: { count } }, out) {
      count.update(count.value() + 1);
      out.collect("${label} " + count.value());
    },
  })
  .uid("count")
  .print()
  .uid("out");
await env.execute("ticks");
`;
}
