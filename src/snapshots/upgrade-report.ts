/** What becomes of an operator or a state of a snapshot in a program. */
export type UpgradeVerdict = "mapped" | "renamed" | "migrated" | "new" | "dropped" | "incompatible";

export interface StateUpgrade {
  readonly name: string;
  /** `value`, `list`, ... as the program has it; of a dropped state, as the snapshot has it. */
  readonly kind: string;
  readonly verdict: UpgradeVerdict;
  /** Whether the upgrade should not be made as it is. */
  readonly blocks: boolean;
  /** What differs, a sentence for each field. */
  readonly differences: readonly string[];
  /** What to do about it. */
  readonly advice: string | undefined;
  /** The code to write. */
  readonly code: string | undefined;
}

export interface OperatorUpgrade {
  /** As the program has it; of a dropped operator, as the snapshot has it. */
  readonly name: string;
  readonly uid: string | undefined;
  /** Where the program declares it; undefined for a dropped one. */
  readonly declaredAt: string | undefined;
  /** Its name and uid in the snapshot; undefined for a new one. */
  readonly saved: { readonly name: string; readonly uid: string | undefined } | undefined;
  readonly verdict: UpgradeVerdict;
  readonly blocks: boolean;
  readonly differences: readonly string[];
  readonly advice: string | undefined;
  readonly code: string | undefined;
  /** The type of its keys, which can never change; undefined where it has no keyed state in the snapshot. */
  readonly keys: string | undefined;
  readonly states: readonly StateUpgrade[];
}

/** Whether a program can go on from a snapshot. */
export interface UpgradeReport {
  /** Whether nothing blocks it. */
  readonly ok: boolean;
  readonly jobName: string;
  readonly snapshot: { readonly location: string; readonly jobName: string; readonly checkpointId: number };
  /** Operators of the program in its order, then dropped ones. */
  readonly operators: readonly OperatorUpgrade[];
}
