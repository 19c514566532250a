import type { JobState } from "../rest/flink.ts";

const LOOKS: Readonly<Record<JobState, readonly [look: string, text: string]>> = {
  INITIALIZING: ["trouble", "starting"],
  CREATED: ["trouble", "starting"],
  RUNNING: ["running", "running"],
  FAILING: ["failed", "failing"],
  FAILED: ["failed", "failed"],
  CANCELLING: ["trouble", "being cancelled"],
  CANCELED: ["ended", "cancelled"],
  FINISHED: ["ended", "finished"],
  RESTARTING: ["trouble", "restarting"],
  SUSPENDED: ["ended", "suspended"],
  RECONCILING: ["trouble", "standing by"],
};

export function JobStateText({ state }: { state: JobState }) {
  const [look, text] = LOOKS[state];
  return <span class={`state ${look}`}>{text}</span>;
}
