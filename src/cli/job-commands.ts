/** The commands that ask a running job, by its REST API. */
import { Command } from "commander";
import { disposeSavepoint } from "../checkpoint/dispose-checkpoint.ts";
import type { Clock } from "../core/clock.ts";
import { durationText } from "../core/figures.ts";
import { findingsText } from "../runtime/explain/explain.ts";
import type { Finding } from "../runtime/explain/finding.ts";
import { jobInfo, jobInfoText } from "./job-info.ts";
import { jobListJson, jobListText } from "./job-list.ts";
import { cancelJob, type OnProgress, stopJob, takeCheckpoint, takeSavepoint } from "./job-operations.ts";
import { findJob, hasEnded, type ListedJob, listJobs } from "./running-jobs.ts";
import { StatusLine } from "./status-line.ts";

const JOB = "the job's id, the beginning of it, or its name; not needed where only one runs";

interface Common {
  /** "host:port". */
  readonly jobmanager?: string;
  readonly json?: boolean;
}

export function jobCommands(clock: Clock): Command[] {
  return [
    listCommand(clock),
    infoCommand(clock),
    whyCommand(),
    savepointCommand(clock),
    checkpointCommand(clock),
    stopCommand(clock),
    cancelCommand(clock),
  ];
}

function command(name: string, summary: string, description: string): Command {
  return new Command(name)
    .summary(summary)
    .description(description)
    .option("-m, --jobmanager <host:port>", "where the job listens (default: looked for on this machine)")
    .option("--json", "as JSON, for scripts")
    .showHelpAfterError(`Try \`millrace ${name} --help\`.`);
}

function listCommand(clock: Clock): Command {
  return command("list", "list the jobs that run", "Lists the jobs of this machine, or those at an address.")
    .option("-a, --all", "also those that have ended, as long as their processes live")
    .addHelpText("after", "\nExample:\n  $ millrace list\n")
    .action(async ({ jobmanager, json, all }: Common & { all?: boolean }) => {
      const jobs = (await listJobs(jobmanager)).filter((job) => all === true || !hasEnded(job));
      console.log(json === true ? JSON.stringify(jobListJson(jobs), undefined, 2) : jobListText(jobs, clock.nowMs()));
    });
}

function infoCommand(clock: Clock): Command {
  return command(
    "info",
    "show a job",
    "Shows a job's operators with their figures, its checkpoints and its last failure.",
  )
    .argument("[job]", JOB)
    .addHelpText("after", "\nExample:\n  $ millrace info clicks\n")
    .action(async (wanted: string | undefined, { jobmanager, json }: Common) => {
      const info = await jobInfo(await findJob(wanted, jobmanager));
      console.log(json === true ? JSON.stringify(info, undefined, 2) : jobInfoText(info, clock.nowMs()));
    });
}

function whyCommand(): Command {
  return command(
    "why",
    "say why a job is as it is",
    "Says why windows do not fire, records are dropped, checkpoints are slow, the job was restarted or state grows: the gravest first.",
  )
    .argument("[job]", JOB)
    .addHelpText("after", "\nExample:\n  $ millrace why clicks\n")
    .action(async (wanted: string | undefined, { jobmanager, json }: Common) => {
      const { client, id } = await findJob(wanted, jobmanager);
      const { findings } = await client.get<{ readonly findings: readonly Finding[] }>(`/millrace/jobs/${id}/why`);
      console.log(json === true ? JSON.stringify(findings, undefined, 2) : findingsText(findings));
    });
}

function savepointCommand(clock: Clock): Command {
  return command(
    "savepoint",
    "take a savepoint",
    "Takes a savepoint of a running job, which goes on; or removes one with all its files.",
  )
    .argument("[job]", JOB)
    .argument("[folder]", "where to (path or URI; default: execution.checkpointing.savepoint-dir of the job)")
    .option("-d, --dispose <savepoint>", "remove this savepoint; no job is needed for it")
    .addHelpText("after", "\nExample:\n  $ millrace savepoint clicks ./savepoints\n")
    .action(async (wanted: string | undefined, folder: string | undefined, options: Common & { dispose?: string }) => {
      if (options.dispose !== undefined) {
        const missing = await disposeSavepoint(options.dispose);
        const gone = missing.map((file) => `\n  ${file} was gone already`).join("");
        print(options, `removed ${options.dispose}${gone}`, { removed: options.dispose, missing });
        return;
      }
      const job = await findJob(wanted, options.jobmanager);
      const location = await withProgress(`savepoint of "${job.name}"`, (onProgress) =>
        takeSavepoint(job, folder, clock, onProgress),
      );
      print(options, location, { job: job.id, savepoint: location });
    });
}

function checkpointCommand(clock: Clock): Command {
  return command(
    "checkpoint",
    "take a checkpoint now",
    "Takes a checkpoint of a running job at once, and waits for it.",
  )
    .argument("[job]", JOB)
    .addHelpText("after", "\nExample:\n  $ millrace checkpoint clicks\n")
    .action(async (wanted: string | undefined, options: Common) => {
      const job = await findJob(wanted, options.jobmanager);
      const id = await withProgress(`checkpoint of "${job.name}"`, (onProgress) =>
        takeCheckpoint(job, clock, onProgress),
      );
      print(options, `checkpoint ${id} of "${job.name}" is complete`, { job: job.id, checkpoint: id });
    });
}

function stopCommand(clock: Clock): Command {
  return command(
    "stop",
    "stop a job with a savepoint",
    "Stops a job behind a savepoint, with all its output committed. The program goes on from it with run --from.",
  )
    .argument("[job]", JOB)
    .option("-p, --savepointPath <folder>", "where to (path or URI; default: the job's own setting)")
    .option("-d, --drain", "end event time first, so that all windows and timers fire; not to go on from")
    .addHelpText("after", "\nExample:\n  $ millrace stop clicks --savepointPath ./savepoints\n")
    .action(async (wanted: string | undefined, options: Common & { savepointPath?: string; drain?: boolean }) => {
      const job = await findJob(wanted, options.jobmanager);
      const { savepointPath: directory, drain = false } = options;
      const location = await withProgress(`stopping "${job.name}"`, (onProgress) =>
        stopJob(job, { directory, drain }, clock, onProgress),
      );
      print(options, location, { job: job.id, savepoint: location });
    });
}

function cancelCommand(clock: Clock): Command {
  return command(
    "cancel",
    "end a job without a savepoint",
    "Ends a job at once. What sinks had not committed is not committed; checkpoints go by the job's retention setting.",
  )
    .argument("[job]", JOB)
    .addHelpText("after", "\nExample:\n  $ millrace cancel clicks\n")
    .action(async (wanted: string | undefined, options: Common) => {
      const job = await findJob(wanted, options.jobmanager);
      const state = (await cancelJob(job, clock)) ?? "CANCELED";
      print(options, textOfEnd(job, state), { job: job.id, state });
    });
}

function textOfEnd({ name, durationMs }: ListedJob, state: string): string {
  return `"${name}" is ${state.toLowerCase()}, after ${durationText(durationMs)}`;
}

function print({ json }: Common, text: string, facts: object): void {
  console.log(json === true ? JSON.stringify(facts) : text);
}

/** On a terminal, says how far it is while it lasts. */
async function withProgress<T>(what: string, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true) return work(() => {});
  const line = new StatusLine(process.stderr);
  line.show(`${what} ...`);
  try {
    return await work((progress) => line.show(`${what}: ${progress}`));
  } finally {
    line.clear();
  }
}
