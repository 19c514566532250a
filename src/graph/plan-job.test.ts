import { describe, expect, it } from "vitest";
import type { JobGraph } from "./job-graph.ts";
import { type PlanSettings, planJob } from "./plan-job.ts";
import type { Partitioning, StreamEdge, StreamNode } from "./stream-graph.ts";
import { StreamGraphBuilder } from "./stream-graph-builder.ts";

const SETTINGS: PlanSettings = { parallelism: 1, maxParallelism: undefined, chaining: true, autoGenerateUids: true };
const HASH: Partitioning = { kind: "hash", keySelector: (value) => value };

class Program {
  readonly builder: StreamGraphBuilder = new StreamGraphBuilder();
  #line = 0;

  source(name: string, parallelismMax?: number): StreamNode {
    const source = { boundedness: "bounded", replayable: true, parallelismMax } as never;
    return this.builder.add({
      role: "source",
      name,
      body: { kind: "source", source, watermarks: undefined as never },
      declaredAt: this.#place(),
    });
  }

  operator(name: string, ...inputs: (StreamNode | StreamEdge | readonly StreamEdge[])[]): StreamNode {
    const edges = inputs.map((input) => (Array.isArray(input) ? input : [edgeOf(input as StreamNode | StreamEdge)]));
    const body = { kind: inputs.length === 1 ? "one-input" : "two-input", create: () => undefined } as never;
    return this.builder.add({ role: "map", name, body, inputs: edges, declaredAt: this.#place() });
  }

  plan(settings: Partial<PlanSettings> = {}): JobGraph {
    return planJob(this.builder.build("job"), { ...SETTINGS, ...settings });
  }

  #place(): string {
    this.#line++;
    return `job.ts:${this.#line}:1`;
  }
}

function edgeOf(input: StreamNode | StreamEdge): StreamEdge {
  return "source" in input ? input : via(input, "auto");
}

function via(source: StreamNode, partitioning: Partitioning | "auto" | "forward" | "rescale"): StreamEdge {
  return { source, partitioning: typeof partitioning === "string" ? { kind: partitioning } : partitioning };
}

const names = (graph: JobGraph): string[] => graph.vertices.map((vertex) => vertex.name);
const edgeKinds = (graph: JobGraph): string[] => graph.edges.map((edge) => edge.partitioning.kind);

describe("planning a job", () => {
  it("chains operators that follow each other with equal parallelism", () => {
    const program = new Program();
    const numbers = program.source("numbers");
    program.operator("print", program.operator("double", numbers));

    expect(names(program.plan())).toEqual(["numbers -> double -> print"]);
    expect(program.plan().edges).toEqual([]);
  });

  it("starts a new chain behind a keyed edge, whatever the parallelism", () => {
    const program = new Program();
    program.operator("count", via(program.source("words"), HASH));

    expect(names(program.plan())).toEqual(["words", "count"]);
    expect(edgeKinds(program.plan())).toEqual(["hash"]);
  });

  it("rebalances between operators of different parallelism", () => {
    const program = new Program();
    const map = program.operator("map", program.source("numbers"));
    map.parallelism = 3;

    const plan = program.plan();

    expect(plan.vertices.map((vertex) => vertex.parallelism)).toEqual([1, 3]);
    expect(edgeKinds(plan)).toEqual(["rebalance"]);
  });

  it("runs a source at no more than the parallelism that it can use", () => {
    const program = new Program();
    program.operator("map", program.source("iterable", 1));

    const plan = program.plan({ parallelism: 4 });

    expect(plan.vertices.map((vertex) => vertex.parallelism)).toEqual([1, 4]);
  });

  it("describes a chain that branches as a tree, with side outputs by tag", () => {
    const program = new Program();
    const split = program.operator("split", program.source("numbers"));
    program.operator("odd", split);
    const tag = { id: "even" };
    program.operator("even", { source: split, tag, partitioning: { kind: "auto" } });

    const [vertex] = program.plan().vertices;

    expect(vertex!.chain.map((operator) => [operator.node.name, operator.fedBy])).toEqual([
      ["numbers", undefined],
      ["split", { chainIndex: 0, tag: undefined }],
      ["odd", { chainIndex: 1, tag: undefined }],
      ["even", { chainIndex: 1, tag }],
    ]);
  });

  it("does not chain what reads a union or two inputs", () => {
    const program = new Program();
    const [a, b] = [program.source("a"), program.source("b")];
    program.operator("union", [via(a, "auto"), via(b, "auto")]);
    program.operator("connect", a, b);

    const plan = program.plan();

    expect(names(plan)).toEqual(["a", "b", "union", "connect"]);
    expect(plan.edges.map((edge) => [edge.index, edge.targetInput])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 1],
    ]);
  });

  it("numbers edges within the graph and lists them at both of their vertices", () => {
    const program = new Program();
    const source = program.source("numbers");
    program.operator("a", via(source, HASH));
    program.operator("b", via(program.operator("map", source), HASH));

    const plan = program.plan();
    const [chain, a, b] = plan.vertices;

    expect(names(plan)).toEqual(["numbers -> map", "a", "b"]);
    expect(chain!.outputs).toEqual(plan.edges);
    expect(a!.inputs.map((edge) => edge.sourceChainIndex)).toEqual([0]);
    expect(b!.inputs.map((edge) => edge.sourceChainIndex)).toEqual([1]);
  });

  it("honours startNewChain, disableChaining and the job-wide switch", () => {
    const program = new Program();
    const head = program.operator("head", program.source("numbers"));
    const after = program.operator("after", head);
    const alone = program.operator("alone", after);
    program.operator("last", alone);
    head.chaining = "head";
    alone.chaining = "never";

    expect(names(program.plan())).toEqual(["numbers", "head -> after", "alone", "last"]);
    expect(names(program.plan({ chaining: false }))).toEqual(["numbers", "head", "after", "alone", "last"]);
    expect(edgeKinds(program.plan())).toEqual(["forward", "forward", "forward"]);
  });

  it("does not chain operators whose max parallelism differs", () => {
    const program = new Program();
    program.operator("map", program.source("numbers")).maxParallelism = 64;

    expect(names(program.plan())).toEqual(["numbers", "map"]);
  });

  it("takes max parallelism from the operator, then the job, then 1.5 times the parallelism", () => {
    const program = new Program();
    program.operator("map", program.source("numbers")).maxParallelism = 7;

    const facts = (plan: JobGraph) =>
      plan.vertices.map((vertex) => [vertex.name, vertex.maxParallelism, vertex.maxParallelismIsExplicit]);

    expect(facts(program.plan())).toEqual([
      ["numbers", 128, false],
      ["map", 7, true],
    ]);
    expect(facts(program.plan({ maxParallelism: 50 }))).toEqual([
      ["numbers", 50, true],
      ["map", 7, true],
    ]);
  });

  it("leaves out a source that nothing reads, and keeps an operator without a sink", () => {
    const program = new Program();
    program.source("forgotten");
    program.operator("effect", program.source("numbers"));

    expect(names(program.plan())).toEqual(["numbers -> effect"]);
  });
});

describe("a plan is refused", () => {
  it("without operators", () => {
    expect(() => new Program().plan()).toThrow(/^PLAN_INVALID: job "job" has no operators/);
  });

  it("with forward between unequal parallelisms, naming both", () => {
    const program = new Program();
    const map = program.operator("map", via(program.source("numbers"), "forward"));
    map.parallelism = 2;

    expect(() => program.plan()).toThrow(
      /PLAN_INVALID: .*"numbers" \(job.ts:1:1\) has 1 and "map" \(job.ts:2:1\) has 2/,
    );
  });

  it("with one uid for two operators, naming both places", () => {
    const program = new Program();
    const a = program.operator("a", program.source("numbers"));
    const b = program.operator("b", a);
    a.uid = b.uid = "same";

    expect(() => program.plan()).toThrow(/DUPLICATE_UID: uid "same" .*: "a" at job.ts:2:1 and "b" at job.ts:3:1/);
  });

  it("without a uid where generated ones are switched off", () => {
    const program = new Program();
    program.operator("a", program.source("numbers")).uid = "a";

    expect(() => program.plan({ autoGenerateUids: false })).toThrow(/UID_MISSING: operator "numbers" at job.ts:1:1/);
  });

  it("with more subtasks than key groups", () => {
    const program = new Program();
    program.operator("a", program.source("numbers")).parallelism = 9;

    expect(() => program.plan({ maxParallelism: 8 })).toThrow(/PARALLELISM_INVALID: operator "a" .* 9, above .* 8/);
  });

  it.each([0, -1, 1.5, 40_000])("with parallelism %d", (parallelism) => {
    const program = new Program();
    program.operator("a", program.source("numbers")).parallelism = parallelism;

    expect(() => program.plan()).toThrow(/PARALLELISM_INVALID/);
  });
});
