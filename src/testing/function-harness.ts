import type { KeyedCoProcessFunction, KeyedProcessFunction, ProcessFunction } from "../operators/functions.ts";
import { KeyedCoProcessOperator } from "../operators/keyed-co-process-operator.ts";
import { KeyedProcessOperator } from "../operators/keyed-process-operator.ts";
import { type HarnessSnapshot, OneInputHarness, TwoInputHarness } from "../operators/operator-harness.ts";
import { ProcessOperator } from "../operators/process-operator.ts";
import type { StateDeclarations } from "../state/descriptors.ts";

export interface FunctionHarnessOptions {
  /** What people see the function as in messages. Default `operator`. */
  readonly name?: string;
  /** What `snapshot` gave: the function goes on from there. */
  readonly restore?: HarnessSnapshot;
}

/**
 * One function without a job: the test pushes records and watermarks, moves the clock, and looks at what came out.
 *
 * @example
 * const harness = keyedProcessHarness(quietAirports, (flight) => flight.origin);
 * harness.push({ origin: "SFO" }, 0);
 * harness.watermark(6 * 3_600_000);
 * harness.values; // [{ airport: "SFO", quietSince: 0 }]
 */
export function keyedProcessHarness<K, IN, OUT, S extends StateDeclarations>(
  process: KeyedProcessFunction<K, IN, OUT, S>,
  key: (value: IN) => K,
  options: FunctionHarnessOptions = {},
): OneInputHarness<IN, OUT> {
  return new OneInputHarness(new KeyedProcessOperator(process), harnessOptions(options, [key]));
}

/** The same for two keyed inputs: `push1` and `push2`. */
export function keyedCoProcessHarness<K, IN1, IN2, OUT, S extends StateDeclarations>(
  process: KeyedCoProcessFunction<K, IN1, IN2, OUT, S>,
  key1: (value: IN1) => K,
  key2: (value: IN2) => K,
  options: FunctionHarnessOptions = {},
): TwoInputHarness<IN1, IN2, OUT> {
  return new TwoInputHarness(new KeyedCoProcessOperator(process), harnessOptions(options, [key1, key2]));
}

/** The same for a function without keys. */
export function processHarness<IN, OUT>(
  process: ProcessFunction<IN, OUT>,
  options: FunctionHarnessOptions = {},
): OneInputHarness<IN, OUT> {
  return new OneInputHarness(new ProcessOperator(process), harnessOptions(options));
}

function harnessOptions({ name, restore }: FunctionHarnessOptions, keys?: readonly ((value: any) => unknown)[]) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(keys === undefined ? {} : { keys }),
    ...(restore === undefined ? {} : { restore: [restore] }),
  };
}
