import { fileURLToPath } from "node:url";
import { type Ended, startNode } from "../started-process.ts";

/** Runs a program of this folder in a process of its own, on the built package. */
export function runProgram(name: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startNode([fileURLToPath(new URL(name, import.meta.url))], { env }).ended;
}
