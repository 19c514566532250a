import { useEffect, useState } from "preact/hooks";
import { RestError } from "./request.ts";

export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: RestError | undefined;
}

/** Asks once for what does not change, and again for another key. */
export function useAnswer<T>(key: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { readonly key: string | undefined }>({
    key,
    value: undefined,
    error: undefined,
  });
  useEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    ask(controller.signal).then(
      (value) => controller.signal.aborted || setAnswer({ key, value, error: undefined }),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setAnswer({
          key,
          value: undefined,
          error: error instanceof RestError ? error : new RestError(`${error}`, undefined),
        });
      },
    );
    return () => controller.abort();
  }, [key]);
  return answer.key === key ? answer : { value: undefined, error: undefined };
}
