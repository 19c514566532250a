/**
 * A finished job's last checkpoint stays until its process ends well. Killed after the job's end and started again, the program finds
 * there that all is done and committed; without it, the whole job would run again, and write everything twice.
 */
import type { CheckpointStorage } from "../checkpoint/checkpoint-storage.ts";

const finished = new Map<string, CheckpointStorage>();
let listening = false;

/**
 * Removes the checkpoints when this process ends by itself, with exit code 0: as the very last thing where the file system can do it at
 * once, otherwise when nothing else is left to do. `place` names job and folder.
 */
export function removeAtExit(place: string, storage: CheckpointStorage): void {
  finished.set(place, storage);
  if (listening) return;
  listening = true;
  let removed = false;
  process.on("exit", (code) => {
    if (code === 0) for (const one of finished.values()) one.removeAtExit();
  });
  process.on("beforeExit", (code) => {
    if (code !== 0 || removed) return;
    removed = true;
    // What fails here is left behind; the next start finds a finished job.
    for (const [known, one] of finished) if (!one.removesAtOnce) void removeNow(known).catch(() => {});
  });
}

/** For a process that only seems to be one: it died before it could remove anything, and another knows nothing of it. */
export function forgetFinished(place: string): void {
  finished.delete(place);
}

/** The same job is started again by this very process, which knows that it has finished: nothing of it is to be gone on with. */
export async function removeNow(place: string): Promise<void> {
  const storage = finished.get(place);
  finished.delete(place);
  if (storage !== undefined) await storage.close(await storage.isUntouched());
}
