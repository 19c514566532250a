#!/usr/bin/env node
/** The command `millrace`: its commands, their options and help. */
import { Argument, Command, InvalidArgumentError } from "commander";
import { MillraceError } from "../core/errors.ts";
import { systemClock } from "../core/system-clock.ts";
import { MILLRACE_VERSION } from "../server/version.ts";
import { checkUpgradeCommand } from "./check-upgrade-command.ts";
import { checkpointsText } from "./checkpoints-command.ts";
import { completionScript, SHELLS } from "./completion.ts";
import { dev } from "./dev-command.ts";
import { failureReport } from "./failure-report.ts";
import { jobCommands } from "./job-commands.ts";
import { addDefinition } from "./launch-configuration.ts";
import { type RunOptions, runProgram } from "./run-program.ts";
import { stateCommand } from "./state-command.ts";

const EXIT_FAILED = 1;

const millrace = new Command("millrace")
  .description("Runs programs that process streams, and goes on from their last checkpoint after any crash.")
  .version(MILLRACE_VERSION, "-v, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  .showHelpAfterError("Try `millrace --help`.")
  .addHelpText("after", "\nExample:\n  $ millrace run jobs/clicks.ts\n");

millrace
  .command("run")
  .summary("run a program")
  .description(
    "Runs a program: a TypeScript or JavaScript file that declares streams and calls env.execute().\n" +
      "Where an earlier run of the same job left a checkpoint, the job goes on from there.",
  )
  .argument("<program>", "file of the program (.ts, .mjs, .js)")
  .argument("[args...]", "arguments for the program itself, after --")
  .option("-p, --parallelism <n>", "subtasks per operator, where the program sets none", parallelism)
  .option("-c, --checkpoint-dir <folder>", "where checkpoints are kept (path or URI)")
  .option("--from <checkpoint>", "start from this checkpoint or savepoint (its folder)")
  .option("--fresh", "start empty, although there is a checkpoint")
  .option("--allow-non-restored-state", "drop state of operators that the program no longer has")
  .option("-D <key=value>", "set a configuration key; may be repeated", definition)
  .option("-q, --quiet", "no progress, only warnings and errors")
  .option("--verbose", "print errors with their stacks and causes")
  .showHelpAfterError("Try `millrace run --help`.")
  .addHelpText(
    "after",
    `
Example:
  $ millrace run jobs/clicks.ts --parallelism 4 --checkpoint-dir ./checkpoints -D execution.checkpointing.interval=10s

Ctrl-C stops the job and keeps its checkpoints; the same command goes on from the last one. A second Ctrl-C ends it at once.
Exit code: 0 when the jobs finished or were stopped by Ctrl-C, 1 when something failed.
`,
  )
  .action(async (program: string, args: string[], { D: define = {}, ...options }: RunArguments) => {
    await runProgram(program, args, { ...options, define }, systemClock);
  });

millrace
  .command("dev")
  .summary("run a program, and go over to what is saved")
  .description(
    "Runs a program, and watches its folder. At each save the job is taken over by the new version with all its state; where that cannot\n" +
      "be done the old version goes on, and the difference is shown.",
  )
  .argument("<program>", "file of the program (.ts, .mjs, .js)")
  .argument("[args...]", "arguments for the program itself, after --")
  .option("-p, --parallelism <n>", "subtasks per operator, where the program sets none", parallelism)
  .option("-c, --checkpoint-dir <folder>", "where checkpoints are kept (path or URI)")
  .option("-D <key=value>", "set a configuration key; may be repeated", definition)
  .showHelpAfterError("Try `millrace dev --help`.")
  .addHelpText("after", "\nExample:\n  $ millrace dev jobs/clicks.ts\n")
  .action(async (program: string, args: string[], { D: define = {}, ...options }: RunArguments) => {
    await dev(program, args, { ...options, define }, systemClock);
  });

millrace
  .command("checkpoints")
  .summary("list the checkpoints in a folder")
  .description(
    "Lists the checkpoints and savepoints in a folder, newest first. Any complete one can be given to run --from.",
  )
  .argument("<folder>", "what --checkpoint-dir names, or the folder of one job in it (path or URI)")
  .option("--json", "as JSON, for scripts")
  .showHelpAfterError("Try `millrace checkpoints --help`.")
  .addHelpText("after", "\nExample:\n  $ millrace checkpoints ./checkpoints\n")
  .action(async (folder: string, { json }: { json?: boolean }) => {
    console.log(await checkpointsText(folder, json === true, systemClock));
  });

for (const command of jobCommands(systemClock)) millrace.addCommand(command);
millrace.addCommand(stateCommand(systemClock));
millrace.addCommand(checkUpgradeCommand());

millrace
  .command("completion")
  .summary("print a script that completes words in a shell")
  .description("Prints a script for a shell, which then completes commands and options.")
  .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
  .showHelpAfterError("Try `millrace completion --help`.")
  .addHelpText("after", "\nExample:\n  $ millrace completion bash >> ~/.bashrc\n")
  .action((shell: (typeof SHELLS)[number]) => console.log(completionScript(millrace, shell)));

try {
  await millrace.parseAsync();
} catch (error) {
  process.stderr.write(`${failureReport(error, { verbose: !(error instanceof MillraceError), cwd: process.cwd() })}\n`);
  process.exitCode = EXIT_FAILED;
}

type RunArguments = Omit<RunOptions, "define"> & { readonly D?: Readonly<Record<string, string>> };

function parallelism(typed: string): number {
  if (!/^[1-9]\d{0,4}$/.test(typed)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(typed);
}

function definition(typed: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = addDefinition(typed, before);
  if (all === undefined) throw new InvalidArgumentError("Write -D key=value, such as -D parallelism.default=4.");
  return all;
}
