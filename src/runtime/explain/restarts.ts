import { timeText } from "../../core/figures.ts";
import type { FailureDetails } from "../job-details.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";

/** As often in a row, the same failure at the same place is one that a restart does not cure. */
const SAME_AGAIN = 3;

/** Why the job was restarted, or has failed: what failed first, and where in the user's code. What failed in its wake is left out. */
export function explainRestarts({ details }: JobFacts): readonly Finding[] {
  const [last] = details.failures;
  if (last === undefined) return [];
  const { restarts, status } = details;
  const again = details.failures.findIndex((failure) => !isSame(failure, last));
  const inARow = again === -1 ? details.failures.length : again;
  const repeats = inARow >= SAME_AGAIN;
  const cause = `${last.task === undefined ? "the job" : last.task} failed at ${timeText(last.atMs)}: ${causeOf(last)}`;
  const happened =
    status === "FAILED"
      ? "the job has failed"
      : restarts === 0
        ? "the job is being restarted"
        : `the job was restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
  return [
    {
      kind: "restart",
      severity: status === "FAILED" || repeats ? "error" : "warning",
      sentence: `${happened}${repeats ? `, and its last ${inARow} failures have the same cause` : ""}: ${cause}.`,
      ...(last.task === undefined ? {} : { operator: last.task }),
      facts: {
        restarts,
        inARow,
        atMs: last.atMs,
        task: last.task,
        place: last.place,
        errorName: last.errorName,
        message: last.message,
        concurrent: last.concurrent.length,
      },
      ...adviceFor(last, repeats),
    },
  ];
}

/** Every restart reads the same record again, and fails on it again. */
function adviceFor({ place, advice }: FailureDetails, repeats: boolean): Pick<Finding, "advice"> {
  if (!repeats) return advice === undefined ? {} : { advice };
  const where = place === undefined ? "the function" : place;
  return {
    advice: `A restart reads the same records again and will not get past it: catch the error at ${where} and put such records into a side output.`,
  };
}

function isSame(a: FailureDetails, b: FailureDetails): boolean {
  return a.errorName === b.errorName && a.place === b.place && causeOf(a) === causeOf(b);
}

/** The first line, without our code; the user's line is in it where there is one. */
export function causeOf({ message, place }: Pick<FailureDetails, "message" | "place">): string {
  const [line = ""] = message.split("\n");
  const text = line.replace(/^[A-Z_]+: /, "").replace(/\.$/, "");
  return place === undefined || text.includes(place) ? text : `${text} (at ${place})`;
}
