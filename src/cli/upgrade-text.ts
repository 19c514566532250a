import { relative } from "node:path";
import type { OperatorUpgrade, StateUpgrade, UpgradeReport } from "../snapshots/upgrade-report.ts";

/**
 * An upgrade report for people: a line per operator and state, and below what is not just mapped, what differs and what to do.
 *
 *     count per user (counts)   renamed   was "count"
 *       last                    migrated
 *           field "sold": is new
 */
export function upgradeText(report: UpgradeReport, cwd: string): string {
  const { snapshot, operators } = report;
  const lines = operators.flatMap((operator) => operatorLines(operator, cwd));
  const width = Math.max(0, ...lines.map((line) => line.left.length));
  const shown = lines.flatMap(({ left, right, below }) => [
    `${left.padEnd(width)}  ${right}`.trimEnd(),
    ...below.map((text) => `      ${text}`),
  ]);
  const job = report.jobName === snapshot.jobName ? "" : ` (of job "${snapshot.jobName}")`;
  return [`"${report.jobName}" from ${snapshot.location}${job}:`, "", ...shown, "", conclusion(report)].join("\n");
}

interface Line {
  readonly left: string;
  readonly right: string;
  readonly below: readonly string[];
}

function operatorLines(operator: OperatorUpgrade, cwd: string): readonly Line[] {
  const { uid, name, verdict, saved, declaredAt } = operator;
  const renamed =
    saved === undefined || (saved.uid === uid && saved.name === name)
      ? ""
      : ` (was ${identity(saved.name, saved.uid)})`;
  const place = operator.blocks && declaredAt !== undefined ? [`at ${near(declaredAt, cwd)}`] : [];
  const keys = saved !== undefined && operator.keys !== undefined ? `, keys: ${operator.keys}` : "";
  // What is dropped or new as a whole needs no word for each of its states.
  const states = verdict === "dropped" || verdict === "new" ? [] : operator.states;
  return [
    {
      left: `  ${identity(name, uid)}`,
      right: `${mark(operator)}${verdict}${renamed}${keys}`,
      below: [...place, ...explanation(operator)],
    },
    ...states.map((state) => ({
      left: `    ${state.name} (${state.kind})`,
      right: `${mark(state)}${state.verdict}`,
      below: explanation(state),
    })),
  ];
}

function explanation({ differences, advice, code }: OperatorUpgrade | StateUpgrade): readonly string[] {
  return [
    ...differences,
    ...(advice === undefined ? [] : [`→ ${advice}`]),
    ...(code === undefined ? [] : [`    ${code}`]),
  ];
}

function mark({ blocks }: { readonly blocks: boolean }): string {
  return blocks ? "✗ " : "";
}

function identity(name: string, uid: string | undefined): string {
  return uid === undefined || uid === name ? name : `${name} (${uid})`;
}

function near(place: string, cwd: string): string {
  const path = relative(cwd, place);
  return path.startsWith("..") ? place : path;
}

function conclusion({ ok, operators }: UpgradeReport): string {
  if (ok) return "The program can go on from it.";
  const blocking = operators
    .flatMap((operator) => [operator, ...operator.states])
    .filter(({ blocks }) => blocks).length;
  return `The program cannot go on from it as it is: ${blocking} ${blocking === 1 ? "thing is" : "things are"} in the way (✗).`;
}
