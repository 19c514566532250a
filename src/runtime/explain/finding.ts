/** One answer to "why?", from what the engine knows of a job. Plain data. */
export interface Finding {
  readonly kind: FindingKind;
  /** `error`: output or recovery is at stake now. `warning`: somebody should look. `info`: good to know. */
  readonly severity: "error" | "warning" | "info";
  /** One sentence, in the names that the program gave. */
  readonly sentence: string;
  /** Which operator it is about, where it is about one. */
  readonly operator?: string;
  /** What the sentence was made of; by kind. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What would help. */
  readonly advice?: string;
}

export type FindingKind =
  /** Why a window or timer has not fired. */
  | "event-time"
  /** Why records were dropped. */
  | "dropped-records"
  /** Why a checkpoint is slow or has failed. */
  | "checkpoint"
  /** Why the job could not go on from a snapshot. */
  | "restore"
  /** Why the job was restarted. */
  | "restart"
  /** What is growing. */
  | "growing-state"
  /** Which guarantee a sink has. */
  | "guarantee"
  /** Who holds the others back. */
  | "bottleneck";
