/** `millrace dev`: a program that is replaced by what was just saved, and keeps its state. */
import { dirname, resolve } from "node:path";
import type { Clock } from "../core/clock.ts";
import { DevSession } from "./dev-session.ts";
import { programUrl, type RunOptions } from "./run-program.ts";
import { watchSources } from "./watch-sources.ts";

/** Editors write a file in several steps. */
const SETTLED_MS = 50;

/** Runs until Ctrl-C. @throws {MillraceError} `PROGRAM_NOT_LOADABLE` where there is no such program. */
export async function dev(program: string, args: readonly string[], options: RunOptions, clock: Clock): Promise<void> {
  const path = resolve(program);
  await programUrl(path);
  const say = (line: string): void => void process.stderr.write(`[millrace dev] ${line.replaceAll("\n", "\n  ")}\n`);
  const session = new DevSession(path, args, options, clock, say);
  session.start();
  const folder = dirname(path);
  say(`watching ${folder}; each save is taken over if the state can be kept. Ctrl-C ends it.`);
  let callOff: (() => void) | undefined;
  const endWatching = watchSources(folder, () => {
    callOff?.();
    callOff = clock.setAlarm(clock.nowMs() + SETTLED_MS, () => void session.changed());
  });
  await new Promise<void>((stop) => {
    process.once("SIGINT", () => stop());
    process.once("SIGTERM", () => stop());
  });
  endWatching();
  callOff?.();
  await session.end();
  process.exit();
}
