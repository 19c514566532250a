/** One change of one place of the source. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export declare const DEFECTS: readonly Defect[];
