import type { MetricGroup } from "../core/metric-group.ts";

/** Metrics that nobody looks at, for tests. */
export const unseenMetrics: MetricGroup = {
  counter: () => ({ count: 0 }),
  gauge: () => {},
  meter: () => ({ markEvent: () => {} }),
  histogram: () => ({ update: () => {} }),
  addGroup: () => unseenMetrics,
};
