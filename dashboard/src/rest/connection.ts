/** Whether the job manager answers, as all polling together sees it. */

export interface Connection {
  /** Milliseconds since the epoch; undefined while it answers. */
  readonly lostMs: number | undefined;
  /** It wants a token that this page has not. */
  readonly needsToken: boolean;
}

type Listener = (connection: Connection) => void;

let current: Connection = { lostMs: undefined, needsToken: false };
const listeners = new Set<Listener>();

export function connection(): Connection {
  return current;
}

export function onConnection(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function answered(): void {
  if (current.lostMs !== undefined || current.needsToken) set({ lostMs: undefined, needsToken: false });
}

export function unanswered(nowMs: number): void {
  if (current.lostMs === undefined) set({ ...current, lostMs: nowMs });
}

export function refused(): void {
  if (!current.needsToken) set({ lostMs: undefined, needsToken: true });
}

function set(next: Connection): void {
  current = next;
  for (const listener of listeners) listener(next);
}
