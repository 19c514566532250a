/** Node as a process of its own, with what it says. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Ended {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  /** What it has said so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Rejects only where it could not be started. */
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  /** Default: this process's. */
  readonly cwd?: string;
  /** On top of this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** `pipe`: it sees its input end when this process does. Default `ignore`. */
  readonly stdin?: "pipe" | "ignore";
}

/** Starts `node ...args`. */
export function startNode(args: readonly string[], { cwd, env, stdin = "ignore" }: StartOptions = {}): Started {
  const child = spawn(process.execPath, args, {
    stdio: [stdin, "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}
