/** Everything a job can be told, resolved and checked: the runtime reads these and nothing else. Plain data; it travels to workers. */
export interface JobSettings {
  readonly checkpointing: CheckpointSettings;
  readonly restart: RestartSettings;
  readonly failover: "region" | "full";
  /** Where keyed state is kept while the job runs. */
  readonly stateBackend: "hashmap" | RocksDbSettings;
  readonly storage: StorageSettings;
  /** `in-process`: all in this thread. `threads`: each task manager a worker thread. `auto`: in-process where the job's parallelism is 1. */
  readonly host: "auto" | "in-process" | "threads";
  /** Default parallelism of operators that set none. Default 1. */
  readonly parallelism: number;
  readonly maxParallelism: number | undefined;
  readonly chaining: boolean;
  readonly autoGenerateUids: boolean;
  /** How often periodic watermark generators are asked. Default 200; 0: never. */
  readonly autoWatermarkIntervalMs: number;
  /** How long a record may wait in a frame between two workers. Default 5; 0: not at all; -1: until the frame is full. */
  readonly bufferTimeoutMs: number;
  /** Freezes each record that is handed over by reference, so that changing it afterwards throws. Default false. */
  readonly freezeRecords: boolean;
  /** Undefined: lines for people. */
  readonly logFormat?: "json" | undefined;
  /** How long a worker thread may stay in one function before it is ended. Default 1 min; undefined: for ever. */
  readonly watchdogMs: number | undefined;
  readonly restore: RestoreSettings;
  /** Undefined: off. */
  readonly highAvailability?: HighAvailabilitySettings | undefined;
  /** Where the job can be looked at; undefined: nowhere. */
  readonly rest?: RestSettings | undefined;
}

/** The REST API and the dashboard. Jobs of one process share a server: that of the first. */
export interface RestSettings {
  /** Default 8081; where it is taken the next free one. */
  readonly port: number;
  /** Default `127.0.0.1`. */
  readonly address: string;
  /** What whoever asks must know; set where `address` can be reached from elsewhere. */
  readonly token: string | undefined;
}

/** Several processes run the job, and one of them leads. */
export interface HighAvailabilitySettings {
  /** URI of the folder that they have in common. */
  readonly storageDir: string;
  /** Tells jobs of one name apart. Default `default`. */
  readonly clusterId: string;
  /** How long the others wait for a sign of the leader. Default 6 s. */
  readonly leaseMs: number;
}

/** State in RocksDB on the local disk, the entries in use in memory. */
export interface RocksDbSettings {
  readonly kind: "rocksdb";
  /** Whether checkpoints hold only what is new since the one before. */
  readonly incremental: boolean;
  /** Where the databases are while the job runs. Undefined: in the system's folder for temporary files. */
  readonly localDirectory: string | undefined;
  /** Bytes that entries in memory may take, in all threads together. */
  readonly cacheBytes: number;
  /** Bytes of writes that each database collects before it writes a file. */
  readonly writeBufferBytes: number;
  /** Whether files of incremental checkpoints are kept on the local disk for a restart. */
  readonly localRecovery: boolean;
}

export interface CheckpointSettings {
  /** Undefined: off. */
  readonly intervalMs: number | undefined;
  readonly mode: "EXACTLY_ONCE" | "AT_LEAST_ONCE";
  readonly timeoutMs: number;
  readonly minPauseMs: number;
  readonly maxConcurrent: number;
  /** Consecutive failures tolerated; the job fails when there are more. */
  readonly tolerableFailures: number;
  readonly retention: "NO_EXTERNALIZED_CHECKPOINTS" | "DELETE_ON_CANCELLATION" | "RETAIN_ON_CANCELLATION";
  readonly afterTasksFinish: boolean;
  readonly retained: number;
  /** Delay of the first trigger after a start. Undefined: random in [minPause, interval], as Flink does. */
  readonly firstDelayMs: number | undefined;
  readonly savepointDirectory: string | undefined;
  /** Undefined: every checkpoint is aligned. */
  readonly unaligned?: UnalignedSettings | undefined;
}

/** Checkpoints whose barriers overtake what is in flight. */
export interface UnalignedSettings {
  /** How long a checkpoint may take to align first. Default 0: not at all. */
  readonly alignedTimeoutMs: number;
  /** Also where a program chooses the subtask of a record by itself. Default false. */
  readonly forced: boolean;
}

export type StorageSettings =
  | { readonly kind: "jobmanager"; readonly maxStateBytes: number }
  | { readonly kind: "filesystem"; readonly uri: string; readonly inlineBytesMax: number };

export type RestartSettings =
  | { readonly kind: "none" }
  | { readonly kind: "fixed-delay"; readonly attempts: number; readonly delayMs: number }
  | {
      readonly kind: "failure-rate";
      readonly failuresMax: number;
      readonly intervalMs: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: "exponential-delay";
      readonly initialMs: number;
      readonly multiplier: number;
      readonly maxMs: number;
      /** Fraction of the delay by which chance moves it either way. */
      readonly jitter: number;
      readonly resetAfterMs: number;
      readonly attemptsMax: number;
    };

export interface RestoreSettings {
  /** Start empty, although a pointer names a checkpoint. */
  readonly fresh: boolean;
  /** A checkpoint or savepoint to start from. */
  readonly from: string | undefined;
  readonly allowNonRestoredState: boolean;
  /** The job owns the snapshot that it starts from, and removes it once it is not needed any more. Default false. */
  readonly claim?: boolean;
}
