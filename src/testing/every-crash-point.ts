import { MillraceError } from "../core/errors.ts";
import type { ScriptStep } from "./script.ts";
import { type Job, Simulation, type SimulationOptions } from "./simulate.ts";

export interface CrashPointOptions extends SimulationOptions {
  /** Tries only every so many-th point, for a script that has thousands. Default 1: all. */
  readonly every?: number;
}

/** What was tried. */
export interface CrashPointReport {
  /** Moments at which the process died, one in each run. */
  readonly points: number;
  /** Runs that went on from a checkpoint; the others began again. */
  readonly restored: number;
}

/**
 * Runs a job to its end without a fault, then once for each moment between two pieces of its work, with the process dying at that moment
 * and starting again. Each run must commit what the first one did: nothing lost, nothing twice.
 *
 * Moments are those at which the engine hands over from one piece of work to the next: a turn of a subtask, a message between the job
 * manager and the tasks, an alarm. Order is not compared. A job whose output depends on processing time or chance may rightly differ.
 *
 * @throws {MillraceError} `JOB_FAILED` with the first moment at which the output differs, and how.
 *
 * @example
 * await everyCrashPoint(job, [payments.emit(...stolenCard), checkpoint(), payments.emit(...more)]);
 */
export async function everyCrashPoint(
  job: Job,
  script: readonly ScriptStep[],
  options: CrashPointOptions = {},
): Promise<CrashPointReport> {
  const undisturbed = await runToTheEnd(job, script, options);
  let restored = 0;
  let points = 0;
  for (let point = 1; point <= undisturbed.steps; point += options.every ?? 1) {
    const run = await runToTheEnd(job, script, { ...options, crashAfter: point });
    const difference = differenceOf(undisturbed.committed, run.committed);
    if (difference !== undefined) {
      throw new MillraceError("JOB_FAILED", {
        message: `a crash at moment ${point} of ${undisturbed.steps}, during ${run.crashedDuring}, changes the output:\n${difference}`,
        advice:
          "Look for state that is kept outside of Millrace's (a variable, a cache), for effects in functions, and for output that depends on time or chance.",
        facts: { point },
      });
    }
    points += 1;
    if (run.restored) restored += 1;
  }
  return { points, restored };
}

interface Run {
  readonly steps: number;
  /** Of each sink, in the order in which the job declares them. */
  readonly committed: readonly (readonly unknown[])[];
  readonly crashedDuring: string | undefined;
  readonly restored: boolean;
}

async function runToTheEnd(
  job: Job,
  script: readonly ScriptStep[],
  options: SimulationOptions & { readonly crashAfter?: number },
): Promise<Run> {
  const simulation = new Simulation(job, options);
  await simulation.play(script);
  await simulation.finish();
  return {
    steps: simulation.steps,
    committed: simulation.sinks.map(({ committed }) => committed),
    crashedDuring: simulation.crashedDuring,
    restored: simulation.restoredFrom !== undefined,
  };
}

function differenceOf(expected: Run["committed"], found: Run["committed"]): string | undefined {
  for (const [index, values] of expected.entries()) {
    const left = new Map<string, number>();
    for (const text of values.map(textOf)) left.set(text, (left.get(text) ?? 0) + 1);
    for (const text of found[index]!.map(textOf)) left.set(text, (left.get(text) ?? 0) - 1);
    const lines = [...left].flatMap(([text, count]) => {
      if (count === 0) return [];
      return count > 0 ? [`  missing  ${text}`] : [`  too much ${text}`];
    });
    if (lines.length === 0) continue;
    const more = lines.length > LINES_MAX ? [`  ... and ${lines.length - LINES_MAX} more`] : [];
    return [`sink ${index + 1} of ${expected.length}:`, ...lines.slice(0, LINES_MAX), ...more].join("\n");
  }
  return undefined;
}

const LINES_MAX = 10;

/** One text for equal values, whatever the order of their fields. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (part instanceof Map) return { map: [...part].map((entry) => textOf(entry)).sort() };
    if (part instanceof Set) return { set: [...part].map((entry) => textOf(entry)).sort() };
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
