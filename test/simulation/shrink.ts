import { type FaultRates, readsSide, type Scenario, type SourceScenario } from "./scenario.ts";

/** Simulations that looking for a smaller scenario may take. */
const ATTEMPTS_MAX = 400;

export interface Shrunk {
  readonly scenario: Scenario;
  readonly failure: string;
  readonly attempts: number;
}

/**
 * A scenario that still fails, and from which nothing more can be taken: one change after the other is tried, and kept where a law is
 * broken all the same. It need not be the same law. Without chance: twice the same for the same scenario.
 *
 * @param failureOf - Runs a scenario, always the same way.
 */
export async function shrink(
  scenario: Scenario,
  failure: string,
  failureOf: (scenario: Scenario) => Promise<string | undefined>,
): Promise<Shrunk> {
  let smallest = { scenario, failure };
  let attempts = 0;
  for (let hasShrunk = true; hasShrunk && attempts < ATTEMPTS_MAX; ) {
    hasShrunk = false;
    for (const smaller of smallerOnes(smallest.scenario)) {
      if (attempts >= ATTEMPTS_MAX) break;
      attempts++;
      const found = await failureOf(smaller);
      if (found === undefined) continue;
      smallest = { scenario: smaller, failure: found };
      hasShrunk = true;
      break;
    }
  }
  return { ...smallest, attempts };
}

/** Each is smaller in one way; the greatest steps come first. */
function* smallerOnes(scenario: Scenario): Generator<Scenario> {
  const { stages, source, second, side, faults, host } = scenario;
  if (second !== undefined) yield { ...scenario, second: undefined };
  for (let index = 0; index < stages.length && stages.length > 1; index++)
    yield { ...scenario, stages: stages.filter((_, other) => other !== index) };
  for (const fault of Object.keys(faults) as (keyof FaultRates)[])
    if (fault !== "untilStep" && faults[fault] > none(fault))
      yield { ...scenario, faults: { ...faults, [fault]: none(fault) } };
  if (scenario.processes > 1) yield { ...scenario, processes: scenario.processes - 1 };
  if (scenario.upgrades) yield { ...scenario, upgrades: false };
  if (scenario.powerCuts > 0) yield { ...scenario, powerCuts: 0 };
  if (scenario.folderMade) yield { ...scenario, folderMade: false };
  if (scenario.storage !== "disk") yield { ...scenario, storage: "disk" };
  if (isOnRocksDb(scenario))
    yield { ...scenario, configuration: { ...scenario.configuration, "state.backend.type": "hashmap" } };
  if (host.managersMax > 0) yield { ...scenario, host: { ...host, managersMax: host.managersMax - 1 } };
  for (const smaller of smallerSources(source)) yield { ...scenario, source: smaller };
  if (second !== undefined) for (const smaller of smallerSources(second)) yield { ...scenario, second: smaller };
  for (const smaller of smallerSources(side)) yield { ...scenario, side: smaller };
  if (faults.untilStep > 1) yield { ...scenario, faults: { ...faults, untilStep: faults.untilStep >> 1 } };
}

function isOnRocksDb({ configuration }: Scenario): boolean {
  return configuration["state.backend.type"] === "rocksdb";
}

/** What a rate is where there is no such fault. */
function none(fault: keyof FaultRates): number {
  return fault === "burst" ? 1 : 0;
}

function* smallerSources(source: SourceScenario): Generator<SourceScenario> {
  const { splits } = source;
  const withSplit = (index: number, records: SourceScenario["splits"][number]): SourceScenario => ({
    ...source,
    splits: splits.map((split, other) => (other === index ? records : split)),
  });
  for (let index = 0; index < splits.length && splits.length > 1; index++)
    yield { ...source, splits: splits.filter((_, other) => other !== index) };
  for (const [index, split] of splits.entries()) {
    if (split.length === 0) continue;
    const half = split.length >> 1;
    yield withSplit(index, split.slice(0, half));
    if (half > 0) yield withSplit(index, split.slice(half));
  }
}

/** One line that tells the scenario; the records of a source by their number. */
export function describeScenario(scenario: Scenario): string {
  const told = (source: SourceScenario): string =>
    `${source.splits.map((split) => split.length).join("+")} records${source.isUnbounded ? ", unbounded" : ""}`;
  const { stages, source, second, side, faults, host, processes } = scenario;
  const usesSide = stages.some(readsSide);
  const rates = Object.entries(faults).filter(([fault, rate]) => rate > 0 && !["untilStep", "burst"].includes(fault));
  return [
    [told(source), ...(second === undefined ? [] : [told(second)]), ...(usesSide ? [`beside ${told(side)}`] : [])].join(
      " and ",
    ),
    stages.map(({ kind }) => kind).join(" -> "),
    processes === 1 ? "one process" : `${processes} processes`,
    host.managersMax === 0 ? "no worker" : `${host.managersMax} worker(s)`,
    rates.length === 0 ? "no faults" : `${rates.map(([fault]) => fault).join(", ")} until step ${faults.untilStep}`,
    ...(scenario.storage === "disk" ? [] : [scenario.storage]),
    ...(scenario.folderMade ? ["folder made before"] : []),
    ...(isOnRocksDb(scenario) ? ["RocksDB"] : []),
    ...(scenario.powerCuts > 0 ? ["power cuts"] : []),
    ...(scenario.upgrades ? ["upgrades"] : []),
  ].join("; ");
}
