import type { RunOptions } from "./run-program.ts";

interface ProgramStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: RunOptions;
}

/** What `millrace dev` tells a process of its own: to run the program, or to say whether it can go on from a savepoint. */
export type DevOrder =
  | (ProgramStart & { readonly kind: "run"; readonly port: number })
  | (ProgramStart & { readonly kind: "check"; readonly from: string });

/** What it answers to an order to run: where its jobs can be reached, which is another port where that one is taken. */
export interface DevServing {
  readonly port: number;
}

/** What it answers to a check. */
export type DevAnswer =
  | { readonly kind: "checked"; readonly ok: boolean; readonly text: string }
  | { readonly kind: "not-loadable"; readonly text: string };
