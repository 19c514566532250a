import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { durationText } from "../figures/figures.ts";

export interface OperationDialogProps {
  readonly title: string;
  /** The word on the button that begins it. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  /** What there is to know and to choose before it begins. */
  readonly children: ComponentChildren;
  /** @returns what to say when it is done. */
  readonly run: (choices: FormData, signal: AbortSignal) => Promise<ComponentChildren>;
  readonly onClose: () => void;
}

type Progress =
  | { readonly kind: "asking" }
  | { readonly kind: "running"; readonly sinceMs: number }
  | { readonly kind: "done"; readonly outcome: ComponentChildren }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks before it acts, shows that it is at it, and says what came of it. */
export function OperationDialog({ title, verb, isDangerous = false, children, run, onClose }: OperationDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const abort = useRef(new AbortController());
  const [progress, setProgress] = useState<Progress>({ kind: "asking" });
  useEffect(() => {
    dialog.current?.showModal();
    return () => abort.current.abort();
  }, []);
  const begin = (event: SubmitEvent): void => {
    event.preventDefault();
    const { signal } = abort.current;
    setProgress({ kind: "running", sinceMs: Date.now() });
    run(new FormData(event.currentTarget as HTMLFormElement), signal).then(
      (outcome) => signal.aborted || setProgress({ kind: "done", outcome }),
      (error: unknown) =>
        signal.aborted || setProgress({ kind: "failed", reason: error instanceof Error ? error.message : `${error}` }),
    );
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="operation">
      <form onSubmit={begin}>
        <h2 id="operation">{title}</h2>
        {progress.kind === "asking" && children}
        <div role="status" class="body">
          {progress.kind === "running" && <Running sinceMs={progress.sinceMs} />}
          {progress.kind === "done" && <p class="outcome">{progress.outcome}</p>}
          {progress.kind === "failed" && <p class="outcome failed">It failed: {progress.reason}</p>}
        </div>
        <div class="foot">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {progress.kind === "asking" ? "Back" : progress.kind === "running" ? "Go on in the background" : "Close"}
          </button>
          {progress.kind === "asking" && (
            <button type="submit" class={`button ${isDangerous ? "danger" : "main"}`}>
              {verb}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

function Running({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNowMs(Date.now()), 500);
    return () => clearInterval(ticking);
  }, []);
  return (
    <>
      <div class="progress" />
      <p class="quiet">Under way for {durationText(Math.max(nowMs - sinceMs, 0))}</p>
    </>
  );
}
