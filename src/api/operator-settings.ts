import { ConfigError } from "../core/errors.ts";
import { checkMaxParallelism, MAX_PARALLELISM_LIMIT } from "../core/key-group.ts";
import type { StreamNode } from "../graph/stream-graph.ts";

/** What can be set of an operator or sink after it has been declared. Later calls win. */
export interface OperatorSettings {
  /** What people see it as: in the plan, in metrics and in messages. */
  name(name: string): this;

  /**
   * What its state is found by when the program has changed. Unique within the job. Without one, the operator is known by its name and by
   * what is upstream of it, so renaming it or adding an operator before it loses its state.
   *
   * @param options.formerly - What earlier programs knew it by: their uid, or the operator's name where it had none. A restore then gives
   *   it the state that was saved under that.
   *
   * @example
   * counts.uid("page-counts", { formerly: ["counts"] });
   */
  uid(uid: string, options?: UidOptions): this;

  /** How many subtasks it has. Default: the environment's. @throws {ConfigError} `PARALLELISM_INVALID`. */
  setParallelism(parallelism: number): this;

  /** How many key groups it has: the most subtasks it can ever be restored with. @throws {ConfigError} `PARALLELISM_INVALID`. */
  setMaxParallelism(maxParallelism: number): this;

  /** Never runs it in one chain with its neighbours. */
  disableChaining(): this;
}

export function nameNode(node: StreamNode, name: string): void {
  node.name = checkText(node, "name", name);
}

export interface UidOptions {
  readonly formerly?: readonly string[];
}

export function identifyNode(node: StreamNode, uid: string, { formerly = [] }: UidOptions = {}): void {
  node.uid = checkText(node, "uid", uid);
  node.formerly = formerly.map((former) => checkText(node, "former uid", former));
}

/** `most`: 1 for an operator that sees all records in one place. */
export function scaleNode(node: StreamNode, parallelism: number, most: number = MAX_PARALLELISM_LIMIT): void {
  checkParallelism(parallelism, `operator "${node.name}" at ${node.declaredAt}`, most);
  node.parallelism = parallelism;
}

export function boundNode(node: StreamNode, maxParallelism: number): void {
  node.maxParallelism = checkMaxParallelism(maxParallelism);
}

export function checkParallelism(parallelism: number, of: string, most: number = MAX_PARALLELISM_LIMIT): number {
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > most) {
    throw new ConfigError("PARALLELISM_INVALID", {
      message: `${of} cannot have parallelism ${parallelism}.`,
      advice: most === 1 ? "It sees all records in one place; leave it at 1." : `Use a whole number from 1 to ${most}.`,
    });
  }
  return parallelism;
}

function checkText(node: StreamNode, what: "name" | "uid" | "former uid", text: string): string {
  if (typeof text !== "string" || text.trim() === "") {
    throw new ConfigError("CONFIG_INVALID", {
      message: `the ${what} of operator "${node.name}" at ${node.declaredAt} is ${JSON.stringify(text)}.`,
      advice: `Give it a ${what} of at least one character, or none.`,
    });
  }
  return text;
}
