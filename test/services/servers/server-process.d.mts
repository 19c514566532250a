/** A server as a process of its own. */
export declare class ServerProcess {
  /** Starts it again, once it has ended. */
  start(): void;
  /** With SIGKILL: it flushes nothing, and says goodbye to nobody. */
  kill(): Promise<void>;
}

/** A server that runs, for tests that do to it what others must not see. */
export interface RunningServer {
  readonly environment: Readonly<Record<string, string>>;
  readonly processes: readonly ServerProcess[];
  /** Resolves once it answers, after its processes were started again, too. */
  ready(): Promise<unknown>;
  stop(): Promise<unknown>;
}

export interface ServerKind {
  /** Starts one that keeps its data in `folder`. */
  start(installed: string, folder: string): Promise<RunningServer>;
}
