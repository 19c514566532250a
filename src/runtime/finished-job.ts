/**
 * A finished job's last checkpoint stays until its process ends well. Killed after the job's end and started again, the program finds
 * there that all is done and committed; without it, the whole job would run again, and write everything twice.
 */
import type { CheckpointStorage } from "../checkpoint/checkpoint-storage.ts";

const finished = new Map<string, CheckpointStorage>();
let listening = false;

/** Removes the checkpoints when this process ends by itself, with exit code 0. `place` names job and folder. */
export function removeAtExit(place: string, storage: CheckpointStorage): void {
  finished.set(place, storage);
  if (listening) return;
  listening = true;
  process.on("beforeExit", (code) => {
    // What fails here is left behind; the next start finds a finished job.
    if (code === 0) for (const known of [...finished.keys()]) void removeNow(known).catch(() => {});
  });
  process.on("exit", (code) => {
    if (code === 0) for (const one of finished.values()) one.removeAtExit?.();
  });
}

/** The same job is started again by this very process, which knows that it has finished: nothing of it is to be gone on with. */
export async function removeNow(place: string): Promise<void> {
  const storage = finished.get(place);
  finished.delete(place);
  await storage?.close(true);
}
