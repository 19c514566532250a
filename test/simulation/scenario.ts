import type { SeededRandom } from "./random.ts";
import type { WorldWeights } from "./world.ts";

/** A record of the simulated input; `id` says where it comes from and what has become of it. */
export interface SimRecord {
  readonly id: string;
  readonly key: number;
  readonly value: number;
}

export interface TimedRecord extends SimRecord {
  readonly at: number;
}

/** One source: its records by split, and how they are handed out. */
export interface SourceScenario {
  readonly splits: readonly (readonly TimedRecord[])[];
  /** `fixed`: each reader gets its splits when it comes up. `on-request`: one after the other, to whoever asks. */
  readonly assignment: "fixed" | "on-request";
  readonly disorderMs: number;
}

/** One operator. All of them give the same output, whatever the order in which records of several splits arrive. */
export type Stage =
  | { readonly kind: "map" | "filter" | "flat-map" | "rekey" | "side-output" }
  | { readonly kind: "move"; readonly how: "rebalance" | "rescale" | "shuffle" | "global" }
  | { readonly kind: "tumbling"; readonly sizeMs: number }
  | { readonly kind: "sliding"; readonly sizeMs: number; readonly slideMs: number }
  | { readonly kind: "session"; readonly gapMs: number }
  | { readonly kind: "buckets"; readonly sizeMs: number }
  | { readonly kind: "gather" | "broadcast" | "join" }
  /** Only as the last one: which record gets which number depends on the order. */
  | { readonly kind: "count" | "reduce" };

export interface Rolling {
  readonly onCheckpoint?: true;
  readonly maxBytes?: number;
  readonly maxAge?: number;
}

/** Rates per step of the simulation; 0: never in this seed. */
export interface FaultRates {
  readonly untilStep: number;
  readonly diskPerCall: number;
  readonly userError: number;
  readonly crash: number;
  readonly managerLoss: number;
  readonly savepoint: number;
  readonly checkpoint: number;
  readonly stop: number;
  readonly suspend: number;
}

/** Where tasks run, and how soon what is between them is full. */
export interface HostScenario {
  /** 0: task managers share the thread of the job manager. */
  readonly managersMax: number;
  /** Of each ring between two threads; undefined: as large as they are outside of simulations. */
  readonly ringBytes: number | undefined;
  /** Records that a subtask takes at a time; each task manager has one of these. */
  readonly stepRecords: readonly number[];
}

/** Everything that one seed runs; plain data. */
export interface Scenario {
  readonly source: SourceScenario;
  /** Joined to the first one by `union`. */
  readonly second: SourceScenario | undefined;
  /** Rules of the broadcast stage, other side of the join. */
  readonly side: SourceScenario;
  readonly stages: readonly Stage[];
  readonly rolling: Rolling;
  readonly configuration: Readonly<Record<string, string>>;
  readonly maxParallelism: number;
  readonly host: HostScenario;
  readonly weights: WorldWeights;
  readonly faults: FaultRates;
  /** Whether a crash takes what the disk has not made durable, or only the process. */
  readonly powerCuts: boolean;
}

const SPAN_MS = 1_000;
/** Beyond all timestamps of input: timers set for then fire at the end of input. */
export const FAR_MS = 1_000_000;

export function randomScenario(random: SeededRandom): Scenario {
  const stages = randomStages(random);
  const windowed = stages.some(({ kind }) => kind !== "map");
  const rate = (most: number): number => (random.chance(0.5) ? random.next() * most : 0);
  const stop = rate(0.003);
  return {
    source: randomSource(random, "a", windowed),
    second: random.chance(0.3) ? randomSource(random, "b", windowed) : undefined,
    side: randomSource(random, "s", windowed, 12),
    stages,
    rolling: randomRolling(random, stop > 0),
    configuration: randomConfiguration(random),
    maxParallelism: random.pick([4, 8, 128]),
    host: {
      managersMax: random.pick([0, 0, 1, 2, 3]),
      ringBytes: random.pick([undefined, 512, 4096]),
      stepRecords: random.pick([[512], [1], [1, 4, 512]]),
    },
    weights: {
      lanes: 1,
      disk: random.pick([0.05, 0.3, 1, 3]),
      alarms: random.pick([0.2, 1]),
      time: random.pick([0.01, 0.05, 0.2]),
    },
    faults: {
      untilStep: random.pick([0, 300, 1_000, 3_000]),
      diskPerCall: rate(0.05),
      userError: rate(0.004),
      crash: rate(0.006),
      managerLoss: rate(0.003),
      savepoint: rate(0.003),
      checkpoint: rate(0.01),
      stop,
      suspend: rate(0.002),
    },
    powerCuts: random.chance(0.6),
  };
}

/**
 * A job that is stopped rolls no file by its age: between the savepoint and the last checkpoint that would publish a file which the
 * savepoint names as open.
 */
function randomRolling(random: SeededRandom, isStopped: boolean): Rolling {
  const byAge: Rolling[] = isStopped ? [] : [{ maxAge: 30 }, {}];
  const never = 1_000_000_000;
  return random.pick<Rolling>([
    { onCheckpoint: true, maxAge: never },
    { maxBytes: random.between(20, 400), maxAge: never },
    ...byAge,
  ]);
}

function randomStages(random: SeededRandom): Stage[] {
  const count = random.between(1, 4);
  const stages = Array.from({ length: count }, () => randomStage(random));
  // One of each, since both read the one side input there is.
  const side = stages.findIndex(({ kind }) => kind === "broadcast" || kind === "join");
  const kept = stages.filter(({ kind }, index) => index === side || (kind !== "broadcast" && kind !== "join"));
  if (random.chance(0.3)) kept.push({ kind: random.pick(["count", "reduce"] as const) });
  return kept;
}

function randomStage(random: SeededRandom): Stage {
  switch (random.below(12)) {
    case 0:
      return { kind: "map" };
    case 1:
      return { kind: "filter" };
    case 2:
      return { kind: "flat-map" };
    case 3:
      return { kind: "rekey" };
    case 4:
      return { kind: "side-output" };
    case 5:
      return { kind: "move", how: random.pick(["rebalance", "rescale", "shuffle", "global"] as const) };
    case 6:
      return { kind: "tumbling", sizeMs: random.pick([50, 200]) };
    case 7:
      return { kind: "sliding", sizeMs: 120, slideMs: random.pick([40, 50]) };
    case 8:
      return { kind: "session", gapMs: random.pick([10, 60]) };
    case 9:
      return { kind: "buckets", sizeMs: random.pick([30, 150]) };
    case 10:
      return { kind: "gather" };
    default:
      return { kind: random.pick(["broadcast", "join"] as const) };
  }
}

function randomSource(random: SeededRandom, name: string, windowed: boolean, most = 60): SourceScenario {
  const disorderMs = random.pick([0, 20, 100]);
  const splitCount = random.between(1, 5);
  const onRequest = random.chance(0.4);
  const keys = random.pick([1, 3, 10]);
  const splits = Array.from({ length: splitCount }, (_, split) => {
    const count = random.between(0, most / splitCount);
    // Splits that are handed out one after the other follow each other in time, or their records would be late.
    const share = onRequest && windowed ? SPAN_MS / splitCount : SPAN_MS;
    const startMs = onRequest && windowed ? split * share : 0;
    return Array.from({ length: count }, (_unused, index) => {
      const ideal = startMs + (index * share) / count;
      const at = Math.floor(Math.min(startMs + share - 1, ideal + random.next() * disorderMs));
      return { id: `${name}${split}.${index}`, key: random.below(keys), value: random.below(100), at };
    });
  });
  return { splits, assignment: onRequest ? "on-request" : "fixed", disorderMs };
}

function randomConfiguration(random: SeededRandom): Record<string, string> {
  const unaligned = random.chance(0.4);
  return {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000000",
    "restart-strategy.fixed-delay.delay": `${random.pick([0, 5, 50])} ms`,
    "jobmanager.execution.failover-strategy": random.pick(["region", "full"]),
    "execution.checkpointing.dir": "sim:///checkpoints",
    "execution.checkpointing.savepoint-dir": "sim:///savepoints",
    "execution.checkpointing.interval": `${random.pick([10, 20, 100])} ms`,
    "execution.checkpointing.timeout": `${random.pick([100, 1_000, 600_000])} ms`,
    "execution.checkpointing.min-pause": `${random.pick([0, 10])} ms`,
    "execution.checkpointing.max-concurrent-checkpoints": String(unaligned ? 1 : random.pick([1, 1, 2, 3])),
    "execution.checkpointing.unaligned.enabled": String(unaligned),
    "execution.checkpointing.aligned-checkpoint-timeout": `${random.pick([0, 0, 5, 30])} ms`,
    "execution.checkpointing.tolerable-failed-checkpoints": String(random.pick([0, 1, 1_000])),
    "execution.checkpointing.num-retained": String(random.between(1, 3)),
    "execution.checkpointing.externalized-checkpoint-retention": random.pick([
      "RETAIN_ON_CANCELLATION",
      "DELETE_ON_CANCELLATION",
    ]),
    "execution.checkpointing.data-inline-threshold": random.pick(["0 b", "20 kb"]),
    "pipeline.auto-watermark-interval": `${random.pick([0, 1, 20])} ms`,
    "pipeline.operator-chaining.enabled": String(random.chance(0.8)),
    "sink.committer.retries": String(random.pick([0, 10])),
    "millrace.freeze-records": String(random.chance(0.5)),
  };
}
