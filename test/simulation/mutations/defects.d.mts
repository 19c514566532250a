/** One change of one place of the source. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The seed that found it when it was last run; left out where none has. */
  readonly foundBy?: number;
}

export declare const DEFECTS: readonly Defect[];
