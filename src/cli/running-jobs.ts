import { MillraceError } from "../core/errors.ts";
import { RestClient } from "./rest-client.ts";

/** Where processes listen that were told nothing: the first free port from here on. */
const PORT_FIRST = 8081;
const PORTS_LOOKED_AT = 20;

/** A job, and the server that knows it. */
export interface ListedJob {
  readonly client: RestClient;
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly startedMs: number;
  readonly durationMs: number;
  /** Subtasks in all. */
  readonly tasks: number;
}

interface Overview {
  readonly jobs: readonly {
    readonly jid: string;
    readonly name: string;
    readonly state: string;
    readonly "start-time": number;
    readonly duration: number;
    readonly tasks: { readonly total: number };
  }[];
}

const ENDED: ReadonlySet<string> = new Set(["FINISHED", "FAILED", "CANCELED", "SUSPENDED"]);

export const hasEnded = ({ state }: { readonly state: string }): boolean => ENDED.has(state);

/**
 * The jobs at `address` ("host:port"); without it those of this machine's processes that listen where they do by default.
 *
 * @throws {MillraceError} `REST_UNREACHABLE`: nobody answers at `address`.
 */
export async function listJobs(address: string | undefined): Promise<ListedJob[]> {
  if (address !== undefined) return jobsOf(new RestClient(urlOf(address)));
  const ports = Array.from({ length: PORTS_LOOKED_AT }, (_, index) => PORT_FIRST + index);
  const found = await Promise.allSettled(
    ports.map((port) => jobsOfMillrace(new RestClient(`http://127.0.0.1:${port}`))),
  );
  return found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

/**
 * The one job that is meant: by its id, the beginning of it, or its name; without any, the only one that runs.
 *
 * @throws {MillraceError} `JOB_NOT_FOUND` where there is none, or several; it names those that there are.
 */
export async function findJob(wanted: string | undefined, address: string | undefined): Promise<ListedJob> {
  const all = await listJobs(address);
  const running = all.filter((job) => !hasEnded(job));
  const matching = wanted === undefined ? running : all.filter(({ id, name }) => id === wanted || name === wanted);
  const candidates =
    matching.length > 0 || wanted === undefined ? matching : all.filter(({ id }) => id.startsWith(wanted));
  const alive = candidates.filter((job) => !hasEnded(job));
  const chosen = alive.length > 0 ? alive : candidates;
  if (chosen.length === 1) return chosen[0]!;
  throw notOne(wanted, chosen, running, address);
}

async function jobsOf(client: RestClient): Promise<ListedJob[]> {
  const { jobs } = await client.get<Overview>("/jobs/overview");
  return jobs.map((job) => ({
    client,
    id: job.jid,
    name: job.name,
    state: job.state,
    startedMs: job["start-time"],
    durationMs: job.duration,
    tasks: job.tasks.total,
  }));
}

/** Something else may listen at such a port, a Flink cluster for one. */
async function jobsOfMillrace(client: RestClient): Promise<ListedJob[]> {
  const config = await client.get<{ readonly "millrace-version"?: string }>("/config");
  return config["millrace-version"] === undefined ? [] : jobsOf(client);
}

function urlOf(address: string): string {
  const url = /^https?:\/\//.test(address) ? address : `http://${address}`;
  return url.replace(/\/$/, "");
}

function notOne(
  wanted: string | undefined,
  chosen: readonly ListedJob[],
  running: readonly ListedJob[],
  address: string | undefined,
): MillraceError {
  const names = (jobs: readonly ListedJob[]): string => jobs.map(({ id, name }) => `"${name}" (${id})`).join(", ");
  const place = address === undefined ? "on this machine" : `at ${address}`;
  const which = wanted === undefined ? "" : ` "${wanted}"`;
  if (chosen.length > 1) {
    return new MillraceError("JOB_NOT_FOUND", {
      message: `${chosen.length} jobs${which} ${wanted === undefined ? "run" : "are"} ${place}.`,
      advice: `Name one by its id: ${names(chosen)}.`,
    });
  }
  const there = running.length === 0 ? `No job runs ${place}.` : `There are ${names(running)}.`;
  return new MillraceError("JOB_NOT_FOUND", {
    message: `there is no job${which} ${place}.`,
    advice: `${there} A job that listens elsewhere is found with -m host:port, which it printed at its start.`,
  });
}
