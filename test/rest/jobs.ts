/** Jobs in every state that the recorded answers were taken in, in this process, and a server of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type MapFunctionObject,
  RestartStrategies,
  type RestartStrategy,
  type RuntimeContext,
  StreamExecutionEnvironment,
  sumOf,
  TumblingEventTimeWindows,
  WatermarkStrategy,
} from "millrace";
import { CollectSink } from "millrace/connectors/collect";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { type RestServer, type RunningJob, startRestServer } from "millrace/server";

interface Order {
  readonly customer: number;
  readonly amount: number;
  readonly atMs: number;
}

interface JobOptions {
  /** Default: it never ends. */
  readonly count?: number;
  readonly failsAt?: (order: Order) => boolean;
  /** Default: none. */
  readonly restart?: RestartStrategy;
  readonly checkpoints?: boolean;
  readonly from?: string;
  /** Whether it knows the folder of the savepoints. Default: no. */
  readonly knowsSavepoints?: boolean;
}

/** What every job has been asked so far, by the name of the state that it is in. */
export class ServedOrders {
  readonly folder: string = mkdtempSync(join(tmpdir(), "millrace-rest-"));
  readonly server: RestServer;
  readonly #jobs = new Map<string, RunningJob>();

  static async start(): Promise<ServedOrders> {
    return new ServedOrders(await startRestServer({ port: 0, jobs: [], checkAnswers: true }));
  }

  private constructor(server: RestServer) {
    this.server = server;
    writeFileSync(join(this.folder, "file"), "no folder");
  }

  get savepoints(): string {
    return `file://${this.folder}/savepoints`;
  }

  /** A folder that cannot be made, for it would lie in a file. */
  get badFolder(): string {
    return `file://${this.folder}/file/savepoints`;
  }

  job(name: string): RunningJob {
    const job = this.#jobs.get(name);
    if (job === undefined) throw new Error(`there is no job ${name}`);
    return job;
  }

  /** Orders per customer: one source, a map of two subtasks, and a window with its sink. */
  async run(name: string, options: JobOptions = {}): Promise<RunningJob> {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({
      "rest.enabled": false,
      "millrace.host": "in-process",
      "execution.checkpointing.tolerable-failed-checkpoints": 1000,
      ...(options.knowsSavepoints === true && { "execution.checkpointing.savepoint-dir": this.savepoints }),
      ...(options.from !== undefined && { "execution.state-recovery.path": options.from }),
    });
    if (options.checkpoints !== false) {
      env.enableCheckpointing(100);
      env.getCheckpointConfig().setCheckpointStorage(`file://${this.folder}/checkpoints`);
    }
    env.setRestartStrategy(options.restart ?? RestartStrategies.noRestart());
    const source = new DataGeneratorSource<Order>({
      ...(options.count !== undefined && { count: options.count }),
      ratePerSecond: 500,
      generate: (index) => ({ customer: index % 7, amount: 1, atMs: index }),
    });
    env
      .fromSource(
        source,
        WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestamps(({ atMs }) => atMs),
        "orders",
      )
      .uid("orders")
      .rebalance()
      .map(new Enrich(options.failsAt ?? (() => false)))
      .name("enrich")
      .uid("enrich")
      .setParallelism(2)
      .keyBy(({ customer }) => customer)
      .window(TumblingEventTimeWindows.of("1s"))
      .aggregate(sumOf(({ amount }) => amount))
      .setParallelism(2)
      .name("orders per customer")
      .uid("window")
      .sinkTo(new CollectSink(() => {}))
      .uid("totals");
    const job = (await env.executeAsync(`orders ${name}`)) as unknown as RunningJob;
    job.result().catch(() => {});
    this.#jobs.set(name, job);
    this.server.add(job);
    return job;
  }

  async stop(): Promise<void> {
    for (const job of this.#jobs.values()) await job.cancel();
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

class Enrich implements MapFunctionObject<Order, Order> {
  readonly #failsAt: (order: Order) => boolean;

  constructor(failsAt: (order: Order) => boolean) {
    this.#failsAt = failsAt;
  }

  open(context: RuntimeContext): void {
    context.counter("times-opened").count++;
  }

  map(order: Order): Order {
    if (this.#failsAt(order)) throw new Error(`order ${order.atMs} has no customer`);
    return order;
  }
}

/** Asks until the answer is there; a minute at most. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`this never came: ${ask}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
