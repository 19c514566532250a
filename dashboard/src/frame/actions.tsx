import { useState } from "preact/hooks";
import { bytesText, durationText } from "../figures/figures.ts";
import { cancelJob, checkpointDetails } from "../rest/flink.ts";
import { stopJob, takeCheckpoint, takeSavepoint } from "../rest/operations.ts";
import { OperationDialog } from "./operation-dialog.tsx";

type Action = "checkpoint" | "savepoint" | "stop" | "cancel";

export interface ActionsProps {
  readonly job: string;
  readonly name: string;
  /** There is nothing left to do then, but what came of a stop stays to be read. */
  readonly isOver: boolean;
  readonly onDone: () => void;
}

const BUTTONS: readonly (readonly [action: Action, text: string])[] = [
  ["checkpoint", "Checkpoint"],
  ["savepoint", "Savepoint"],
  ["stop", "Stop"],
  ["cancel", "Cancel"],
];

/** What can be done to a running job; each asks first. */
export function Actions({ job, name, isOver, onDone }: ActionsProps) {
  const [open, setOpen] = useState<Action | undefined>(undefined);
  const close = (): void => {
    setOpen(undefined);
    onDone();
  };
  return (
    <div class="actions">
      {!isOver &&
        BUTTONS.map(([action, text]) => (
          <button key={action} type="button" class="button" onClick={() => setOpen(action)}>
            {text}
          </button>
        ))}
      {open === "checkpoint" && (
        <OperationDialog
          title="Take a checkpoint now"
          verb="Take it"
          onClose={close}
          run={async (_choices, signal) => {
            const id = await takeCheckpoint(job, signal);
            if (id === undefined) return "The checkpoint is complete.";
            const { state_size, end_to_end_duration } = await checkpointDetails(job, id, signal);
            return `Checkpoint ${id} is complete: ${bytesText(state_size)} in ${durationText(end_to_end_duration)}.`;
          }}
        >
          <p class="quiet">
            The job goes on while it is taken. Like the periodic ones it is deleted once newer ones have taken its
            place.
          </p>
        </OperationDialog>
      )}
      {open === "savepoint" && (
        <OperationDialog
          title="Take a savepoint"
          verb="Take it"
          onClose={close}
          run={async (choices, signal) => {
            const location = await takeSavepoint(job, directoryIn(choices), signal);
            return `The savepoint is complete: ${location}`;
          }}
        >
          <p class="quiet">
            A checkpoint that is yours: nothing deletes it, and a changed program can start from it. The job goes on.
          </p>
          <DirectoryField />
        </OperationDialog>
      )}
      {open === "stop" && (
        <OperationDialog
          title={`Stop “${name}”`}
          verb="Stop the job"
          isDangerous
          onClose={close}
          run={async (choices, signal) => {
            const drain = choices.get("drain") !== null;
            const location = await stopJob(job, { directory: directoryIn(choices), drain }, signal);
            return `The job has stopped. Its savepoint: ${location}`;
          }}
        >
          <p class="quiet">
            It takes a savepoint, commits all output, and ends. Nothing is read behind the savepoint, so that a start
            from there goes on without a gap.
          </p>
          <DirectoryField />
          <label class="check">
            <input type="checkbox" name="drain" />
            <span>
              Drain: first fire all windows and timers. <span class="faint">Only for a job that never goes on.</span>
            </span>
          </label>
        </OperationDialog>
      )}
      {open === "cancel" && (
        <OperationDialog
          title={`Cancel “${name}”`}
          verb="Cancel the job"
          isDangerous
          onClose={close}
          run={async () => {
            await cancelJob(job);
            return "The job is being cancelled.";
          }}
        >
          <p class="quiet">
            It ends at once, without a savepoint: what came after the last checkpoint is not kept. To go on later, stop
            it instead.
          </p>
        </OperationDialog>
      )}
    </div>
  );
}

function DirectoryField() {
  return (
    <label class="field">
      Folder, as a path or URI
      <input name="directory" placeholder="where the job keeps its savepoints" autocomplete="off" spellcheck={false} />
    </label>
  );
}

function directoryIn(choices: FormData): string | undefined {
  const directory = `${choices.get("directory") ?? ""}`.trim();
  return directory === "" ? undefined : directory;
}
