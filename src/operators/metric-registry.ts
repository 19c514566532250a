import { ConfigError } from "../core/errors.ts";
import type { Counter, Histogram, Meter, MetricGroup } from "../core/metric-group.ts";
import { SlidingHistogram } from "./sliding-histogram.ts";

/** More than anybody looks at. Who gets here most likely makes names from data, a metric per key or record. */
const METRICS_MAX = 1000;

/** What Flink's operators and ours have; the user's may not be called so. */
const ENGINE_NAMES: ReadonlySet<string> = new Set([
  "numRecordsIn",
  "numRecordsInPerSecond",
  "numRecordsOut",
  "numRecordsOutPerSecond",
  "numRecordsSkipped",
  "numLateRecordsDropped",
  "currentInputWatermark",
  "currentOutputWatermark",
]);

export type GaugeValue = number | string | boolean;

type Metric =
  | { readonly kind: "counter"; readonly counter: Counter }
  | { readonly kind: "gauge"; readonly read: () => GaugeValue }
  | { readonly kind: "meter"; readonly counter: Counter; readonly meter: Meter }
  | { readonly kind: "histogram"; readonly histogram: SlidingHistogram };

/** What the metrics of an operator show at one moment; plain data. */
export interface MetricValues {
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, GaugeValue>>;
  /** By histogram: `count`, `min`, `mean`, `p99`, ... */
  readonly histograms: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Events so far, by meter. */
  readonly meters: Readonly<Record<string, number>>;
}

/** All metrics of one operator's subtask: the engine's counters, and the user's groups. */
export class MetricRegistry {
  readonly #operatorName: string;
  readonly #metrics = new Map<string, Metric>();

  constructor(operatorName: string) {
    this.#operatorName = operatorName;
  }

  /** One of the engine's, whatever it is called. */
  engineCounter(name: string): Counter {
    const known = this.#metrics.get(name);
    return known?.kind === "counter" ? known.counter : this.adopt(name, { count: 0 });
  }

  /** Shows a counter of the engine's that is there already. */
  adopt(name: string, counter: Counter): Counter {
    this.#metrics.set(name, { kind: "counter", counter });
    return counter;
  }

  /** What user functions are given. */
  group(prefix = ""): MetricGroup {
    return {
      counter: (name) =>
        this.#register(prefix, name, "counter", () => ({ kind: "counter", counter: { count: 0 } })).counter,
      gauge: (name, read) => {
        this.#register(prefix, name, "gauge", () => ({ kind: "gauge", read }));
      },
      meter: (name) => this.#register(prefix, name, "meter", newMeter).meter,
      histogram: (name): Histogram =>
        this.#register(prefix, name, "histogram", () => ({ kind: "histogram", histogram: new SlidingHistogram() }))
          .histogram,
      addGroup: (name) => this.group(`${prefix}${this.#checked(name)}.`),
    };
  }

  read(): MetricValues {
    const counters: Record<string, number> = {};
    const gauges: Record<string, GaugeValue> = {};
    const meters: Record<string, number> = {};
    const histograms: Record<string, Readonly<Record<string, number>>> = {};
    for (const [name, metric] of this.#metrics) {
      switch (metric.kind) {
        case "counter":
          counters[name] = metric.counter.count;
          break;
        case "gauge":
          gauges[name] = readGauge(metric.read);
          break;
        case "meter":
          meters[name] = metric.counter.count;
          break;
        case "histogram":
          histograms[name] = metric.histogram.read();
          break;
      }
    }
    return { counters, gauges, meters, histograms };
  }

  #register<Kind extends Metric["kind"]>(
    prefix: string,
    name: string,
    kind: Kind,
    create: () => Extract<Metric, { kind: Kind }>,
  ): Extract<Metric, { kind: Kind }> {
    const full = `${prefix}${this.#checked(name)}`;
    if (ENGINE_NAMES.has(full)) {
      throw this.#invalid(`calls a metric "${full}", as one of the engine's is called`, "Choose another name.");
    }
    const known = this.#metrics.get(full);
    if (known === undefined) return this.#add(full, create());
    if (known.kind !== kind) {
      throw this.#invalid(
        `has a ${known.kind} "${full}" already, and wants a ${kind} of that name`,
        "Rename one of them.",
      );
    }
    return known as Extract<Metric, { kind: Kind }>;
  }

  #add<M extends Metric>(name: string, metric: M): M {
    if (this.#metrics.size >= METRICS_MAX) {
      throw this.#invalid(
        `has ${METRICS_MAX} metrics already, and wants "${name}" too`,
        "Register metrics in open, under names that do not come from data: one per key or record grows without end.",
      );
    }
    this.#metrics.set(name, metric);
    return metric;
  }

  #checked(name: unknown): string {
    if (typeof name === "string" && name.length > 0) return name;
    throw this.#invalid(`calls a metric or a group ${JSON.stringify(name)}`, "A name is a text that is not empty.");
  }

  #invalid(what: string, advice: string): ConfigError {
    return new ConfigError("CONFIG_INVALID", { message: `"${this.#operatorName}" ${what}.`, advice });
  }
}

function newMeter(): Extract<Metric, { kind: "meter" }> {
  const counter = { count: 0 };
  return {
    kind: "meter",
    counter,
    meter: {
      markEvent: (count = 1) => {
        counter.count += count;
      },
    },
  };
}

/** What people look at must not fail the job. */
function readGauge(read: () => GaugeValue): GaugeValue {
  try {
    const value: unknown = read();
    return typeof value === "number" || typeof value === "boolean" ? value : String(value);
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
