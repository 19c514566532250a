/** Figures of the user's own, shown beside the operator's. Register them in `open`; a name with the same kind gives the same metric again. */
export interface MetricGroup {
  /**
   * A number that grows: `requests.count++`.
   *
   * @throws {ConfigError} `CONFIG_INVALID`, as all of these: the name is empty, belongs to the engine or to a metric of another kind, or the
   * operator has 1000 metrics already.
   */
  counter(name: string): Counter;
  /** Whatever `read` gives when somebody looks; it must be quick, and is called between two records. */
  gauge(name: string, read: () => number | string | boolean): void;
  /** How often something happens: shown as events per second. */
  meter(name: string): Meter;
  /** How values are spread: shown as `name_min`, `name_mean`, `name_p99`, ... of the last 1000. */
  histogram(name: string): Histogram;
  /** A group within this one: its metrics are called `name.metric`. */
  addGroup(name: string): MetricGroup;
}

/** A counter that people see; plain data, read by the runtime when somebody looks. */
export interface Counter {
  count: number;
}

export interface Meter {
  /** Default: one event. */
  markEvent(count?: number): void;
}

export interface Histogram {
  update(value: number): void;
}
