import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../core/clock.ts";
import { ConfigError } from "../core/errors.ts";
import { systemClock } from "../core/system-clock.ts";
import { onJobs } from "../runtime/jobs-of-process.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { isLoopback, restTokenMissing } from "./access.ts";
import { Operations } from "./operations/operations.ts";
import { ServedJobs } from "./served-jobs.ts";
import { FreshMetrics } from "./subtask-metrics.ts";

export interface RestServerOptions {
  /** Default 8081; where it is taken the next free one. 0: any. */
  readonly port?: number;
  /** Where it listens. Default `127.0.0.1`: only this machine can ask. */
  readonly address?: string;
  /** What `Authorization: Bearer` must hold. Needed where `address` can be reached from elsewhere. */
  readonly token?: string | undefined;
  /** Jobs to serve. Default: all of this process, those to come included. */
  readonly jobs?: readonly RunningJob[];
  readonly clock?: Clock;
  /** Whether each answer is compared with its schema, so that a wrong one is a 500; for tests. Default false. */
  readonly checkAnswers?: boolean;
}

/** A server that answers about jobs, as Flink's REST API does, and serves the dashboard. */
export interface RestServer {
  /** "http://127.0.0.1:8081". */
  readonly url: string;
  readonly port: number;
  /** Serves one more job. */
  add(job: RunningJob): void;
  /** Ends all connections. */
  close(): Promise<void>;
}

const PORT_DEFAULT = 8081;
/** How many ports after the first are tried. */
const PORTS_TRIED = 100;

/**
 * Starts a server for jobs of this process. It keeps no process alive. What answers is loaded with the first request, so that a job that
 * nobody looks at pays nothing for it.
 *
 * @throws {ConfigError} `CONFIG_INVALID`: others could reach it, and no token is set; or no port is free.
 *
 * @example
 * const server = await startRestServer({ port: 9090 });
 * server.url; // "http://127.0.0.1:9090"
 */
export async function startRestServer(options: RestServerOptions = {}): Promise<RestServer> {
  const { port = PORT_DEFAULT, address = "127.0.0.1", token, clock = systemClock, checkAnswers = false } = options;
  if (!isLoopback(address) && token === undefined) throw restTokenMissing(address);
  const server = createServer();
  const bound = await listen(server, port, address);
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${bound}`;
  const jobs = new ServedJobs();
  const callOff = options.jobs === undefined ? onJobs((job) => jobs.add(job)) : undefined;
  for (const job of options.jobs ?? []) jobs.add(job);
  const cluster = {
    jobs,
    clock,
    url,
    startedMs: clock.nowMs(),
    savepoints: new Operations<{ readonly location: string }>(clock),
    checkpoints: new Operations<{ readonly checkpointId: number }>(clock),
    disposals: new Operations<void>(clock),
    metrics: new FreshMetrics(clock),
  };
  answerLazily(server, async () => {
    const [{ restApplication }, { ENDPOINTS }, { ProcessReadings }] = await Promise.all([
      import("./rest-application.ts"),
      import("./endpoints.ts"),
      import("../runtime/metrics/process-metrics.ts"),
    ]);
    // It listens to the garbage collector from then on.
    const process = new ProcessReadings();
    return restApplication({
      cluster: { ...cluster, process },
      endpoints: ENDPOINTS,
      access: { token },
      server,
      checkAnswers,
    });
  });
  return {
    url,
    port: bound,
    add: (job) => jobs.add(job),
    close: () =>
      new Promise((resolve) => {
        callOff?.();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerLazily(server: Server, load: () => Promise<RequestListener>): void {
  let loading: Promise<RequestListener> | undefined;
  server.on("request", (request, response) => {
    loading ??= load();
    loading.then(
      (listener) => listener(request, response),
      (error: unknown) => {
        response.writeHead(500, { "content-type": "application/json; charset=UTF-8" });
        response.end(JSON.stringify({ errors: [error instanceof Error ? error.stack : String(error)] }));
      },
    );
  });
  server.on("connection", (socket) => socket.unref());
}

async function listen(server: Server, first: number, address: string): Promise<number> {
  for (let port = first; ; port++) {
    try {
      return await tryToListen(server, port, address);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!isTaken || port >= Math.min(first + PORTS_TRIED, 65_535)) throw cannotListen(first, address, error);
    }
  }
}

function tryToListen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      // The server is there for the jobs; when they are over it is no reason to stay.
      server.unref();
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function cannotListen(port: number, address: string, cause: unknown): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `the REST API cannot listen at ${address}:${port}: ${cause instanceof Error ? cause.message : cause}.`,
    advice: "Set rest.address and rest.port to what this machine has, or rest.enabled to false.",
    cause,
  });
}
