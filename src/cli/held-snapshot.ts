import type { Clock } from "../core/clock.ts";
import type { ListedJob } from "./running-jobs.ts";

/** How often a hold is repeated before it ends, so that an answer may be late, or lost. */
const REPEATS = 3;

/**
 * What `read` makes of the newest snapshot of a running job, by its location. The job keeps it meanwhile, although newer ones take its place.
 *
 * @throws {MillraceError} `REST_REFUSED`: it has none that could be read.
 */
export async function withNewestSnapshot<T>(
  { client, id }: ListedJob,
  clock: Clock,
  read: (location: string) => Promise<T>,
): Promise<T> {
  const hold = (body: { readonly snapshot?: string }) =>
    client.post<{ readonly location: string; readonly heldMs: number }>(`/millrace/jobs/${id}/snapshots/hold`, body);
  const { location, heldMs } = await hold({});
  let callOff: () => void;
  const repeat = (): void => {
    callOff = clock.setAlarm(clock.nowMs() + heldMs / REPEATS, () => {
      // A job that has ended removes nothing any more, or all at once; what is missing then, `read` says.
      hold({ snapshot: location }).catch(() => {});
      repeat();
    });
  };
  repeat();
  try {
    return await read(location);
  } finally {
    callOff!();
  }
}
