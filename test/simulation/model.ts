/** What a job's output must be, by plain loops over all of its input at once. */
import {
  FAR_MS,
  type Scenario,
  type SimRecord,
  type SourceScenario,
  type Stage,
  type TimedRecord,
} from "./scenario.ts";

/** The lines that the job's sinks must hold, sorted. */
export function expectedLines(scenario: Scenario): string[] {
  const lines = scenario.stages.flatMap((stage, index) => {
    if (stage.kind !== "side-output") return [];
    return recordsAt(scenario, index)
      .filter(({ value }) => value % 5 === 0)
      .map((record) => lineOf({ ...record, id: `side${index}/${record.id}` }));
  });
  return [...lines, ...recordsAt(scenario, scenario.stages.length).map(lineOf)].sort();
}

/** What comes into the stage at `index`. */
export function recordsAt(scenario: Scenario, index: number): TimedRecord[] {
  const side = recordsOf(scenario.side);
  const read = [...recordsOf(scenario.source), ...(scenario.second === undefined ? [] : recordsOf(scenario.second))];
  return scenario.stages.slice(0, index).reduce((records, stage, at) => applyStage(stage, at, records, side), read);
}

function recordsOf({ splits }: SourceScenario): TimedRecord[] {
  return splits.flat();
}

function lineOf({ id, key, value }: TimedRecord): string {
  return JSON.stringify({ id, key, value });
}

export function applyStage(
  stage: Stage,
  index: number,
  records: TimedRecord[],
  side: readonly TimedRecord[],
): TimedRecord[] {
  switch (stage.kind) {
    case "map":
    case "ask":
      return records.map((record) => ({ ...record, value: mapped(record.value) }));
    case "filter":
      return records.filter(({ value }) => value % 3 !== 0);
    case "flat-map":
      return records.flatMap((record) => copiesOf(record).map((copy) => ({ ...copy, at: record.at })));
    case "rekey":
      return records.map((record) => ({ ...record, key: rekeyed(record) }));
    case "side-output":
      return records.filter(({ value }) => value % 5 !== 0);
    case "move":
      return records;
    case "tumbling":
      return windows(records, index, (at) => spansOf(at, { ...stage, slideMs: stage.sizeMs }));
    case "sliding":
      return windows(records, index, (at) => spansOf(at, stage));
    case "session":
      return sessions(records, index, stage.gapMs);
    case "buckets":
      return byKey(records).flatMap(([key, group]) => {
        const ends = new Map<number, number>();
        for (const { at, value } of group)
          ends.set(bucketEnd(at, stage.sizeMs), (ends.get(bucketEnd(at, stage.sizeMs)) ?? 0) + value + 1);
        return [...ends].map(([end, value]) => ({ id: `bucket${index}/${end}`, key, value, at: end }));
      });
    case "delay":
      return records.map((record) => ({ ...record, at: FAR_MS }));
    // What comes of it depends on the order; `OutputLaws` say what must hold.
    case "late":
      return [];
    case "gather":
      return byKey(records).map(([key, group]) => ({
        id: `gather${index}/${digest(group.map(({ id }) => id))}`,
        key,
        value: group.length,
        at: FAR_MS,
      }));
    case "broadcast": {
      const rules = digest(side.map(({ id }) => id));
      return [
        ...records,
        ...byKey(records).map(([key]) => ({ id: `rules${index}/${rules}`, key, value: side.length, at: FAR_MS })),
      ];
    }
    case "join":
      return byKey([...records, ...side]).map(([key]) => {
        const left = records.filter((record) => record.key === key);
        const right = side.filter((record) => record.key === key);
        return {
          id: `join${index}/${digest(left.map(({ id }) => id))}/${digest(right.map(({ id }) => id))}`,
          key,
          value: left.length * 1_000 + right.length,
          at: FAR_MS,
        };
      });
    case "count":
      return byKey(records).flatMap(([key, group]) =>
        group.map((record, at) => ({ id: "count", key, value: at + 1, at: record.at })),
      );
    case "reduce":
      return byKey(records).flatMap(([key, group]) =>
        group.map((record, at) => ({ id: "reduce", key, value: at + 1, at: record.at })),
      );
  }
}

export function mapped(value: number): number {
  return (value * 7 + 3) % 1_000;
}

export function rekeyed({ key, value }: { readonly key: number; readonly value: number }): number {
  return (key * 5 + value) % 7;
}

export function copiesOf({ id, key, value }: SimRecord): SimRecord[] {
  const first = { id: `${id}+`, key, value };
  return value % 2 === 0 ? [first, { id: `${id}-`, key, value: value + 1 }] : [first];
}

export function bucketEnd(at: number, sizeMs: number): number {
  return at - (at % sizeMs) + sizeMs;
}

/** The same for the same texts in any order. */
export function digest(texts: Iterable<string>): string {
  let hash = 0x811c9dc5;
  for (const text of [...texts].sort()) {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 10, 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

function byKey(records: readonly TimedRecord[]): [number, TimedRecord[]][] {
  const groups = new Map<number, TimedRecord[]>();
  for (const record of records) groups.set(record.key, [...(groups.get(record.key) ?? []), record]);
  return [...groups];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The windows that a record of `at` is in. */
export function spansOf(at: number, { sizeMs, slideMs }: { sizeMs: number; slideMs: number }): Span[] {
  const spans: Span[] = [];
  for (let start = at - (at % slideMs); start > at - sizeMs; start -= slideMs)
    spans.push({ start, end: start + sizeMs });
  return spans;
}

function windows(records: readonly TimedRecord[], index: number, spansOf: (at: number) => Span[]): TimedRecord[] {
  return byKey(records).flatMap(([key, group]) => {
    const sums = new Map<number, { end: number; value: number }>();
    for (const { at, value } of group) {
      for (const { start, end } of spansOf(at))
        sums.set(start, { end, value: (sums.get(start)?.value ?? 0) + value + 1 });
    }
    return [...sums].map(([start, { end, value }]) => ({
      id: `window${index}/${start}-${end}`,
      key,
      value,
      at: end - 1,
    }));
  });
}

function sessions(records: readonly TimedRecord[], index: number, gapMs: number): TimedRecord[] {
  return byKey(records).flatMap(([key, group]) => {
    const found: { start: number; end: number; value: number }[] = [];
    for (const { at, value } of [...group].sort((a, b) => a.at - b.at)) {
      const last = found.at(-1);
      // Windows that only touch are one, as in Flink.
      if (last !== undefined && at <= last.end) {
        last.end = Math.max(last.end, at + gapMs);
        last.value += value + 1;
      } else found.push({ start: at, end: at + gapMs, value: value + 1 });
    }
    return found.map(({ start, end, value }) => ({ id: `window${index}/${start}-${end}`, key, value, at: end - 1 }));
  });
}
