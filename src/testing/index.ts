/** What `millrace/testing` exports: a job in virtual time. */
export {
  type EmittedRecord,
  type HarnessSnapshot,
  OneInputHarness,
  type OperatorHarness,
  TwoInputHarness,
} from "../operators/operator-harness.ts";
export { assertCommitted, type MatcherResult, matchers } from "./committed.ts";
export { type CrashPointOptions, type CrashPointReport, everyCrashPoint } from "./every-crash-point.ts";
export {
  type FunctionHarnessOptions,
  keyedCoProcessHarness,
  keyedProcessHarness,
  processHarness,
} from "./function-harness.ts";
export {
  advance,
  checkpoint,
  crash,
  type JobChange,
  rescale,
  type ScriptStep,
  type TimeOfDay,
  upgrade,
} from "./script.ts";
export { type DueTimer, type Job, type Simulation, type SimulationOptions, simulate } from "./simulate.ts";
export { TestSink } from "./test-sink.ts";
export { TestSource, type TestSourceSplit, type TestSplit } from "./test-source.ts";
