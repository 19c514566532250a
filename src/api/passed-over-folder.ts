import { resolveUri } from "../filesystem/resolve.ts";
import type { StorageSettings } from "../graph/job-settings.ts";

/** By which the command line says where checkpoints go; the older spelling too. */
const FOLDER_KEYS = ["execution.checkpointing.dir", "state.checkpoints.dir"];

/**
 * What to say where the command line names a folder for checkpoints and calls of the program, which win, have chosen otherwise: else one
 * looks for checkpoints in vain.
 */
export function passedOverFolder(
  configuration: Readonly<Record<string, string>>,
  storage: StorageSettings,
): string | undefined {
  const asked = FOLDER_KEYS.map((key) => configuration[key]).find((uri) => uri !== undefined);
  if (asked === undefined || (storage.kind === "filesystem" && isSameFolder(asked, storage.uri))) return undefined;
  const used = storage.kind === "filesystem" ? `in ${storage.uri}` : "in memory";
  return `checkpoints go ${used}, as the program has it, and not to ${asked} of the command line: calls in the program win`;
}

function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    const [a, b] = [resolveUri(one), resolveUri(other)];
    return a.fileSystem === b.fileSystem && a.path.replace(/\/+$/, "") === b.path.replace(/\/+$/, "");
  } catch {
    // What cannot be resolved is refused where it is used.
    return false;
  }
}
