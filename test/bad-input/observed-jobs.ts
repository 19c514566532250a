/** What a user would read of the jobs of a test: the log's lines instead of standard error, and errors as text. */
import { type ConfigValue, type MillraceError, StreamExecutionEnvironment } from "millrace";
import { afterAll, beforeAll, beforeEach } from "vitest";

const LAUNCH = Symbol.for("millrace.launch");
const globals = globalThis as unknown as Record<symbol, unknown>;

/** Lines of the log; warnings begin with "WARN ". */
export const lines: string[] = [];

export const warnings = (): string[] => lines.filter((line) => line.startsWith("WARN "));

/** To be called at the top of a test file: its jobs write to `lines`, and nothing is left of that afterwards. */
export function observeJobs(): void {
  let before: unknown;
  beforeAll(() => {
    before = globals[LAUNCH];
    globals[LAUNCH] = {
      configuration: {},
      log: { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(`WARN ${line}`) },
    };
  });
  beforeEach(() => {
    lines.length = 0;
  });
  afterAll(() => {
    if (before === undefined) delete globals[LAUNCH];
    else globals[LAUNCH] = before;
  });
}

/** In this thread, whatever the parallelism, and without restarts unless a test asks for them. */
export function environment(configuration: Record<string, ConfigValue> = {}): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    "restart-strategy.type": "none",
    ...configuration,
  });
}

export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<MillraceError> {
  try {
    const result = await (typeof work === "function" ? work() : work);
    throw new Error(`nothing failed; the result was ${JSON.stringify(result)}`);
  } catch (error) {
    return error as MillraceError;
  }
}

/** The job's own cause of a failure, without what the runtime says around it. */
export function causeText(error: Error): string {
  return error.message
    .replace(/^JOB_FAILED: .*? The cause: /s, "")
    .replace(/\n {2}Enable checkpointing, or set a restart strategy, to have it restarted\.$/, "");
}
