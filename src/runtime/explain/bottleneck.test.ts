import { describe, expect, it } from "vitest";
import type { VertexId } from "../../core/ids.ts";
import { sampleReading } from "../metrics/sample-readings.ts";
import { taskMetrics } from "../metrics/task-metrics.ts";
import { explainBottleneck } from "./bottleneck.ts";
import { sampleDetails, sampleFacts, sampleVertex } from "./sample-facts.ts";

describe("the bottleneck", () => {
  it("is the busy one behind those that are held back", () => {
    const [finding, ...others] = explainBottleneck(
      facts([
        { vertex: "source", backPressured: 900, busy: 100 },
        { vertex: "map", backPressured: 700, busy: 300 },
        { vertex: "window", backPressured: 0, busy: 980 },
        { vertex: "sink", backPressured: 0, busy: 200 },
      ]),
    );

    expect(others).toEqual([]);
    expect(finding?.sentence).toBe(
      '"window" is what the job waits for: it is busy 98 % of the time and holds back "map" 70 % of theirs.',
    );
    expect(finding?.advice).toContain("setParallelism");
  });

  it("is nobody where nobody is held back", () => {
    expect(
      explainBottleneck(
        facts([
          { vertex: "source", busy: 1_000 },
          { vertex: "map", busy: 1_000 },
        ]),
      ),
    ).toEqual([]);
  });

  it("is the outside where the last one is held back", () => {
    const [finding] = explainBottleneck(
      facts([
        { vertex: "source", backPressured: 900 },
        { vertex: "sink", backPressured: 800 },
      ]),
    );

    expect(finding?.sentence).toBe(
      '"sink" is what the job waits for: 80 % of the time it can take no more, because what it has is not written yet.',
    );
  });

  it("is the system that is asked where nobody behind the calls has much to do", () => {
    const asking = (busy: number) =>
      explainBottleneck(
        facts([
          { vertex: "source", backPressured: 900 },
          { vertex: "ask", backPressured: 800, role: "async-wait" },
          { vertex: "window", busy },
        ]),
      ).map(({ sentence }) => sentence);

    expect(asking(30)).toEqual([
      '"ask" is what the job waits for: 80 % of the time as many of its calls are under way as its capacity allows.',
    ]);
    expect(asking(980)).toEqual([
      '"window" is what the job waits for: it is busy 98 % of the time and holds back "ask" 80 % of theirs.',
    ]);
  });

  it("names the subtask that takes most of the records", () => {
    const vertices = [sampleVertex("source", 1), sampleVertex("count", 4, "source")];
    const counted = [100, 100, 7_000, 100].map((numRecordsIn, subtaskIndex) =>
      task("count", { busy: subtaskIndex === 2 ? 1_000 : 10, backPressured: 0 }, subtaskIndex, numRecordsIn),
    );
    const tasks = [task("source", { busy: 0, backPressured: 800 }), ...counted];

    const [finding] = explainBottleneck(sampleFacts({ details: sampleDetails(vertices), tasks }));

    expect(finding?.sentence).toBe(
      '"count" (3/4) is what the job waits for: it is busy 100 % of the time and holds back "source" 80 % of theirs; subtask 3 of 4 takes 96 % of the records, most likely for one key.',
    );
    expect(finding?.advice).toContain("More subtasks do not help one key");
  });
});

interface Load {
  readonly busy?: number;
  readonly backPressured?: number;
}

/** One vertex behind the other. */
function facts(loads: readonly (Load & { readonly vertex: string; readonly role?: string })[]) {
  const vertices = loads.map(({ vertex, role = "map" }, index) => {
    const sample = sampleVertex(vertex, 1, ...(index === 0 ? [] : [loads[index - 1]!.vertex]));
    return { ...sample, chain: sample.chain.map((one) => ({ ...one, role })) };
  });
  return sampleFacts({ details: sampleDetails(vertices), tasks: loads.map((load) => task(load.vertex, load)) });
}

function task(vertex: string, { busy = 0, backPressured = 0 }: Load, subtaskIndex = 0, numRecordsIn = 0) {
  const times = {
    busyMs: busy,
    backPressuredMs: backPressured,
    idleMs: 1_000 - busy - backPressured,
    longestBackPressuredMs: 0,
  };
  const reading = sampleReading({
    task: { vertexId: vertex as VertexId, subtaskIndex },
    taskName: vertex,
    atMs: 1_000,
    counters: { numRecordsIn },
    times,
  });
  return taskMetrics(reading, undefined);
}
