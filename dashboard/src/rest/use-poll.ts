import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { answered, refused, unanswered } from "./connection.ts";
import { Poller } from "./poller.ts";
import { RestError } from "./request.ts";

export interface Polled<T> {
  /** The last answer, also while newer requests fail. */
  readonly value: T | undefined;
  /** Why the last request failed; undefined where it did not. */
  readonly error: RestError | undefined;
  /** Asks again now. */
  readonly refresh: () => void;
}

/**
 * Keeps asking while the component is shown and the browser's tab is visible.
 *
 * @param key - What is asked; another key forgets the answer and asks anew.
 */
export function usePoll<T>(key: string, intervalMs: number, ask: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const [state, setState] = useState<{ key: string; value: T | undefined; error: RestError | undefined }>({
    key,
    value: undefined,
    error: undefined,
  });
  const latestAsk = useRef(ask);
  latestAsk.current = ask;
  const poller = useRef<Poller<T> | undefined>(undefined);
  useEffect(() => {
    const current = new Poller<T>({
      ask: (signal) => latestAsk.current(signal),
      intervalMs,
      onAnswer: (value) => {
        answered();
        setState({ key, value, error: undefined });
      },
      onFailure: (failure) => {
        const error = failure instanceof RestError ? failure : new RestError(String(failure), undefined);
        if (error.status === undefined) unanswered(Date.now());
        else if (error.status === 401) refused();
        setState((before) => ({ key, value: before.key === key ? before.value : undefined, error }));
      },
    });
    poller.current = current;
    const follow = (): void => (document.hidden ? current.stop() : current.start());
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      current.stop();
    };
  }, [key, intervalMs]);
  const refresh = useCallback(() => poller.current?.start(), []);
  const isCurrent = state.key === key;
  return { value: isCurrent ? state.value : undefined, error: isCurrent ? state.error : undefined, refresh };
}
