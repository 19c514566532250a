import type { LeaderRecord } from "./leader-record.ts";

/** The newest entry of a log. */
export interface LogEntry {
  readonly number: number;
  /** Undefined where it is not what we wrote: the process that wrote it died, or somebody edited it. */
  readonly record: LeaderRecord | undefined;
}

/**
 * The records of one job, numbered from 1; the newest counts. One that all processes share: a folder, or any store that can create a
 * name once (etcd: a key whose revision is compared).
 */
export interface LeaderLog {
  /** For people: where it is. */
  readonly description: string;
  /** @returns undefined for a log that was never written to. @throws {MillraceError} `FILE_FAILED`. */
  newest(): Promise<LogEntry | undefined>;
  /**
   * Puts `record` behind number `after`, 0 for a new log. Of several who try at once, one gets true; from then on, `after` counts no more.
   * False: the log has gone on without us.
   *
   * @throws {MillraceError} `FILE_FAILED`: the record may be there all the same.
   */
  append(after: number, record: LeaderRecord): Promise<boolean>;
}
