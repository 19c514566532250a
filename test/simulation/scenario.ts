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
  /** By how much records are thought to come out of order. */
  readonly disorderMs: number;
  /** When all has been read it says so by a last timestamp, and stays. */
  readonly isUnbounded: boolean;
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
  /** Asks somebody outside about each record, who answers late, in any order, or not at all. */
  | { readonly kind: "ask"; readonly ordered: boolean; readonly capacity: number; readonly timeoutMs: number }
  /** Keeps records for a while by the clock on the wall; they lose their timestamps. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Only as the last one: which record gets which number depends on the order. */
  | { readonly kind: "count" | "reduce" }
  /** Only as the last one, behind stages that keep timestamps: windows that are late themselves, or do without what is. */
  | { readonly kind: "late"; readonly sizeMs: number; readonly slideMs: number; readonly latenessMs: number };

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
  readonly stall: number;
  readonly clock: number;
  /** Misfortunes seldom come singly: for a while after one, those of the processes come so many times as often. */
  readonly burst: number;
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
  /** Several: high availability; each of them may lead. */
  readonly processes: number;
  /** Whether all operators have one parallelism and none repartitions, so that each subtask of the sources heads a region of its own. */
  readonly straight: boolean;
  readonly storage: "disk" | "object store";
  /** Whether somebody has made the folder of the output just before, and left it to the job to make that durable. */
  readonly folderMade: boolean;
  /** Whether the program changes between two lives of the job. */
  readonly upgrades: boolean;
  readonly weights: WorldWeights;
  readonly faults: FaultRates;
  /** How probably a crash takes what the disk has not made durable, and not only the process. */
  readonly powerCuts: number;
}

const SPAN_MS = 1_000;
/** Beyond all timestamps of input: timers set for then fire at the end of input. */
export const FAR_MS = 1_000_000;
/** What an unbounded source says when all has been read. */
export const END: TimedRecord = { id: "end", key: 0, value: 0, at: 3 * FAR_MS };

/** Swarm testing: each kind of fault is left out of half of all scenarios, so that none hides behind another. */
export function randomScenario(random: SeededRandom): Scenario {
  const straight = random.chance(0.1);
  const stages = straight ? straightStages(random) : randomStages(random);
  const isLate = stages.at(-1)?.kind === "late";
  const shape = { windowed: stages.some(({ kind }) => kind !== "map"), isLate, isUnbounded: random.chance(0.25) };
  const rate = (most: number): number => (random.chance(0.5) ? random.next() * most : 0);
  const processes = random.pick([1, 1, 1, 2, 3]);
  const isAlone = processes === 1;
  const configuration = randomConfiguration(random, shape.isUnbounded);
  const storm = random.chance(0.15);
  // A job with several processes is not stopped by one of them: another would go on with it.
  const stop = isAlone ? rate(0.003) : 0;
  // Where operators come and go, what is in flight between them is dropped, as unclaimed state is: a start that allows it loses records.
  const mayUpgrade = isAlone && configuration["execution.checkpointing.unaligned.enabled"] === "false";
  const scenario: Scenario = {
    source: randomSource(random, "a", shape),
    second: random.chance(0.3) ? randomSource(random, "b", shape) : undefined,
    side: randomSource(random, "s", { ...shape, isLate: false }, 12),
    stages,
    rolling: randomRolling(random, shape.isUnbounded),
    configuration: isAlone ? configuration : { ...configuration, ...highAvailability(random) },
    maxParallelism: random.pick([4, 8, 128]),
    host: {
      managersMax: random.pick([0, 0, 1, 2, 3]),
      ringBytes: random.pick([undefined, 512, 4096]),
      stepRecords: random.pick([[512], [1], [1, 4, 512]]),
    },
    processes,
    straight,
    storage: random.pick(["disk", "disk", "disk", "object store"] as const),
    folderMade: random.chance(0.3),
    upgrades: mayUpgrade && random.chance(0.3),
    weights: {
      lanes: 1,
      disk: random.pick([0.05, 0.3, 1, 3]),
      alarms: random.pick([0.2, 1]),
      time: random.pick([0.01, 0.05, 0.2]),
      slow: random.pick([undefined, undefined, "command", "report", "turn", "wake"] as const),
    },
    faults: {
      untilStep: random.pick([0, 200, 600, 2_000]),
      diskPerCall: rate(random.pick([0.05, 0.05, 0.2])),
      userError: rate(0.004),
      crash: rate(0.006),
      managerLoss: rate(0.003),
      savepoint: rate(0.01),
      checkpoint: rate(0.02),
      stop,
      suspend: isAlone ? rate(0.002) : 0,
      stall: rate(0.004),
      // Leases are measured by a clock that nobody sets.
      clock: isAlone ? rate(0.003) : 0,
      burst: random.pick([1, 4, 20]),
    },
    powerCuts: random.pick([0, 0.5, 1]),
  };
  // Drawn last: a seed that asks nobody runs what it ran before there was this.
  return withQuestions(storm ? inAStorm(scenario, random) : scenario, random);
}

function withQuestions(scenario: Scenario, random: SeededRandom): Scenario {
  if (!random.chance(0.15)) return scenario;
  const stages = [...scenario.stages];
  const isLast = ["count", "reduce", "late"].includes(stages.at(-1)!.kind);
  stages.splice(random.between(0, stages.length - (isLast ? 1 : 0)), 0, {
    kind: "ask",
    ordered: random.chance(0.5),
    capacity: random.pick([1, 3, 100]),
    timeoutMs: random.pick([5, 100, 600_000]),
  });
  return { ...scenario, stages };
}

/** Checkpoints are begun before others are done, and given up while barriers of older ones are still on their way. */
function inAStorm(scenario: Scenario, random: SeededRandom): Scenario {
  const { configuration, host, weights, faults } = scenario;
  return {
    ...scenario,
    configuration: {
      ...configuration,
      "execution.checkpointing.interval": "10 ms",
      "execution.checkpointing.timeout": `${random.pick([30, 100, 1_000])} ms`,
      "execution.checkpointing.min-pause": "0 ms",
      "execution.checkpointing.max-concurrent-checkpoints": "3",
      "execution.checkpointing.unaligned.enabled": "false",
      "execution.checkpointing.tolerable-failed-checkpoints": "1000",
      "execution.checkpointing.data-inline-threshold": "0 b",
      "sink.committer.retries": "0",
    },
    upgrades: false,
    host: { ...host, managersMax: random.between(1, 3) },
    weights: { ...weights, time: 0.3, slow: random.pick(["command", "turn", undefined] as const) },
    // Sinks that wait to try again, what stands still, and clocks that jump, would excuse a checkpoint that is stuck.
    faults: { ...faults, diskPerCall: random.pick([0.03, 0.1]), savepoint: 0.03, checkpoint: 0.05, stall: 0, clock: 0 },
  };
}

function highAvailability(random: SeededRandom): Record<string, string> {
  return {
    "high-availability.type": "filesystem",
    "high-availability.storageDir": "sim:///ha",
    "millrace.high-availability.lease": `${random.pick([1_000, 6_000])} ms`,
  };
}

/**
 * What an unbounded job puts out must come to light while it runs.
 */
function randomRolling(random: SeededRandom, isUnbounded: boolean): Rolling {
  const never = 1_000_000_000;
  const byAge: Rolling[] = [{ maxAge: 30 }, ...(isUnbounded ? [] : [{}])];
  const bySize: Rolling[] = isUnbounded ? [] : [{ maxBytes: random.between(20, 400), maxAge: never }];
  return random.pick([{ onCheckpoint: true, maxAge: never }, ...byAge, ...bySize]);
}

function randomStages(random: SeededRandom): Stage[] {
  const count = random.between(1, 4);
  const drawn = Array.from({ length: count }, () => randomStage(random));
  // One of each, since both read the one side input there is.
  const side = drawn.findIndex(readsSide);
  const stages = drawn.filter((stage, index) => index === side || !readsSide(stage));
  if (random.chance(0.1)) {
    const [sizeMs, slideMs] = random.pick([
      [50, 50],
      [200, 200],
      [120, 40],
    ] as const);
    const late: Stage = { kind: "late", sizeMs, slideMs, latenessMs: random.pick([0, 10, 100]) };
    return [...stages.filter(keepsTimestamps), late];
  }
  const delay = stages.findIndex(({ kind }) => kind === "delay");
  const kept = stages.filter((stage, index) => delay === -1 || index <= delay || !needsTimestamps(stage));
  if (random.chance(0.3)) kept.push({ kind: random.pick(["count", "reduce"] as const) });
  return kept;
}

function straightStages(random: SeededRandom): Stage[] {
  const stages = randomStages(random).filter(staysOnItsWay);
  return stages.length === 0 ? [{ kind: "map" }] : stages;
}

/** Stages whose records go on to the subtask of the same number. */
function staysOnItsWay({ kind }: Stage): boolean {
  return ["map", "filter", "flat-map", "rekey", "side-output", "ask"].includes(kind);
}

/** Stages with a second input. */
export function readsSide({ kind }: Stage): boolean {
  return kind === "broadcast" || kind === "join";
}

/** Stages that hand each record on at once: what they have put out is told by what they have taken in. */
export function keepsTimestamps(stage: Stage): boolean {
  return staysOnItsWay(stage) || stage.kind === "move";
}

function needsTimestamps({ kind }: Stage): boolean {
  return ["tumbling", "sliding", "session", "buckets"].includes(kind);
}

function randomStage(random: SeededRandom): Stage {
  switch (random.below(13)) {
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
      return { kind: "session", gapMs: random.pick([11, 61]) };
    case 9:
      return { kind: "buckets", sizeMs: random.pick([30, 150]) };
    case 10:
      return { kind: "gather" };
    case 11:
      return { kind: "delay", delayMs: random.pick([0, 5, 100]) };
    default:
      return { kind: random.pick(["broadcast", "join"] as const) };
  }
}

interface Shape {
  /** Whether anything depends on timestamps. */
  readonly windowed: boolean;
  readonly isLate: boolean;
  readonly isUnbounded: boolean;
}

function randomSource(random: SeededRandom, name: string, shape: Shape, most = 60): SourceScenario {
  const disorderMs = random.pick([0, 20, 100]);
  const splitCount = random.between(1, 5);
  // Who reads for ever asks for nothing more.
  const isUnbounded = shape.isUnbounded && random.chance(0.7);
  const onRequest = random.chance(0.4) && !isUnbounded;
  const keys = random.pick([1, 3, 10]);
  const splits = Array.from({ length: splitCount }, (_, split) => {
    const count = random.between(0, most / splitCount);
    // Splits that are handed out one after the other follow each other in time, or their records would be late.
    const inTurn = onRequest && shape.windowed && !shape.isLate;
    const share = inTurn ? SPAN_MS / splitCount : SPAN_MS;
    const startMs = inTurn ? split * share : 0;
    const spreadMs = shape.isLate ? 300 : disorderMs;
    return Array.from({ length: count }, (_unused, index) => {
      const ideal = startMs + (index * share) / count;
      // Even, as all sizes of windows are, and gaps odd: whether two sessions that only touch are one depends on the watermark in between.
      const at = 2 * Math.floor(Math.min(startMs + share - 1, ideal + random.next() * spreadMs) / 2);
      return { id: `${name}${split}.${index}`, key: random.below(keys), value: random.below(100), at };
    });
  });
  return { splits, assignment: onRequest ? "on-request" : "fixed", disorderMs, isUnbounded };
}

function randomConfiguration(random: SeededRandom, isUnbounded: boolean): Record<string, string> {
  const unaligned = random.chance(0.4);
  return {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000000",
    "restart-strategy.fixed-delay.delay": `${random.pick([0, 5, 50])} ms`,
    "jobmanager.execution.failover-strategy": random.pick(["region", "full"]),
    ...randomStateBackend(random),
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
    // Without, nothing but the end of input moves event time.
    "pipeline.auto-watermark-interval": `${random.pick(isUnbounded ? [1, 20] : [0, 1, 20])} ms`,
    "pipeline.operator-chaining.enabled": String(random.chance(0.8)),
    "execution.state-recovery.ignore-unclaimed-state": "true",
    "sink.committer.retries": String(random.pick([0, 10])),
    "millrace.freeze-records": String(random.chance(0.5)),
  };
}

function randomStateBackend(random: SeededRandom): Record<string, string> {
  if (random.chance(0.7)) return {};
  const cacheBytes = random.pick([0, 1_000, 1_000_000]);
  return { "state.backend.type": "rocksdb", "state.backend.rocksdb.memory.managed-size": `${cacheBytes} b` };
}
