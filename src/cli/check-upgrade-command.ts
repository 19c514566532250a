/** `millrace check-upgrade`: whether a changed program can go on from a checkpoint, for people and for CI. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { checkUpgrade } from "../snapshots/check-upgrade.ts";
import { openSnapshot } from "../snapshots/snapshot-reader.ts";
import { capturedPlan } from "./captured-plan.ts";
import { failureReport } from "./failure-report.ts";
import { addDefinition } from "./launch-configuration.ts";
import { upgradeText } from "./upgrade-text.ts";

const EXIT_BLOCKED = 1;
/** Nothing is known: the program or the checkpoint could not be looked at. */
const EXIT_ERROR = 2;

interface CheckUpgradeOptions {
  readonly from: string;
  readonly parallelism?: number;
  readonly allowNonRestoredState?: boolean;
  readonly json?: boolean;
  readonly D?: Readonly<Record<string, string>>;
}

export function checkUpgradeCommand(): Command {
  return new Command("check-upgrade")
    .summary("say whether a changed program can go on from a checkpoint")
    .description(
      "Compares a program with a checkpoint, operator by operator and state by state, without starting the job.\n" +
        "The program is loaded up to its first execute().",
    )
    .argument("<program>", "file of the program (.ts, .mjs, .js)")
    .argument("[args...]", "arguments for the program itself, after --")
    .requiredOption("--from <checkpoint>", "folder of a checkpoint or savepoint, or of a job for its last one")
    .option("-p, --parallelism <n>", "as it will be run", parallelism)
    .option("-D <key=value>", "set a configuration key; may be repeated", definition)
    .option("--allow-non-restored-state", "state that the program does not go on with blocks nothing")
    .option("--json", "as JSON, for scripts")
    .showHelpAfterError("Try `millrace check-upgrade --help`.")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_ERROR))
    .addHelpText(
      "after",
      `
Example:
  $ millrace check-upgrade jobs/clicks.ts --from checkpoints/clicks

Exit code: 0 when the program can go on, 1 when something is in the way, 2 when program or checkpoint cannot be read.
`,
    )
    .action(async (program: string, args: string[], options: CheckUpgradeOptions) => {
      // A program may hold the process with timers and connections of its own.
      process.exit(await run(program, args, options));
    });
}

async function run(program: string, args: readonly string[], options: CheckUpgradeOptions): Promise<number> {
  try {
    const { checkpoint } = await openSnapshot(options.from);
    const { D: define = {}, parallelism: wanted } = options;
    const launch = { define, ...(wanted === undefined ? {} : { parallelism: wanted }) };
    const graph = await capturedPlan(resolve(program), args, launch);
    const { allowNonRestoredState = false } = options;
    const report = checkUpgrade(checkpoint, graph, { allowNonRestoredState });
    console.log(options.json === true ? JSON.stringify(report, undefined, 2) : upgradeText(report, process.cwd()));
    return report.ok ? 0 : EXIT_BLOCKED;
  } catch (error) {
    process.stderr.write(`${failureReport(error, { verbose: false, cwd: process.cwd() })}\n`);
    return EXIT_ERROR;
  }
}

function parallelism(typed: string): number {
  if (!/^[1-9]\d{0,4}$/.test(typed)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(typed);
}

function definition(typed: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = addDefinition(typed, before);
  if (all === undefined) throw new InvalidArgumentError("Write -D key=value, such as -D parallelism.default=4.");
  return all;
}
