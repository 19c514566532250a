/** `millrace state`: what is in a checkpoint, for people and scripts. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Clock } from "../core/clock.ts";
import { diffSnapshots } from "../snapshots/diff-snapshots.ts";
import { openSnapshot, type SnapshotReader } from "../snapshots/snapshot-reader.ts";
import { withNewestSnapshot } from "./held-snapshot.ts";
import { first, writeLines } from "./line-output.ts";
import { findJob } from "./running-jobs.ts";
import { changeJson, changeText } from "./state-changes.ts";
import { stateDump } from "./state-dump.ts";
import { stateListJson, stateListText } from "./state-list.ts";
import { type StateSelection, selectedEntries, selectedEntriesText } from "./state-selection.ts";

const EXIT_FAILED = 1;

const CHECKPOINT = "folder of a checkpoint or savepoint, or of a job for its last one (path or URI)";

interface Narrowing extends StateSelection {
  readonly limit?: number;
  readonly json?: boolean;
  /** "host:port". */
  readonly jobmanager?: string;
}

interface ListOptions {
  readonly operator?: string;
  readonly largest: number;
  readonly json?: boolean;
  readonly jobmanager?: string;
}

export function stateCommand(clock: Clock): Command {
  return new Command("state")
    .summary("look into a checkpoint")
    .description("Shows the state in a checkpoint or savepoint, without starting the job.")
    .addCommand(listCommand(clock))
    .addCommand(getCommand(clock))
    .addCommand(dumpCommand(clock))
    .addCommand(diffCommand())
    .showHelpAfterError("Try `millrace state --help`.");
}

function listCommand(clock: Clock): Command {
  return new Command("ls")
    .summary("list operators, states and their sizes")
    .description("Lists the operators in a checkpoint, their states, how large these are, and their largest keys.")
    .argument("<checkpoint>", CHECKPOINT)
    .option("--operator <operator>", "only this one: its uid, name or id")
    .addOption(jobManagerOption())
    .option("--largest <n>", "how many of the largest keys to name for each state (default: 0)", count, 0)
    .option("--json", "as JSON, for scripts")
    .addHelpText("after", "\nExample:\n  $ millrace state ls checkpoints/clicks --largest 3\n")
    .action(async (path: string, { json, jobmanager, ...options }: ListOptions) => {
      await withSnapshot(path, jobmanager, clock, async (snapshot) => {
        console.log(
          json === true
            ? JSON.stringify(await stateListJson(snapshot, options), undefined, 2)
            : await stateListText(snapshot, options),
        );
      });
    });
}

function getCommand(clock: Clock): Command {
  return new Command("get")
    .summary("show what a key has")
    .description("Shows what the states of an operator hold for a key. Exit code 1 where that is nothing.")
    .argument("<checkpoint>", CHECKPOINT)
    .addOption(jobManagerOption())
    .requiredOption("--key <key>", "the key: a text as it is, anything else as JSON")
    .addOption(operatorOption())
    .addOption(stateOption())
    .option("--json", "as JSON, for scripts")
    .addHelpText(
      "after",
      "\nExample:\n  $ millrace state get checkpoints/clicks/chk-42 --operator counts --key alice\n",
    )
    .action(async (path: string, { json, jobmanager, ...selection }: Narrowing) => {
      const entries = await withSnapshot(path, jobmanager, clock, (snapshot) => selectedEntries(snapshot, selection));
      console.log(json === true ? JSON.stringify(entries, undefined, 2) : selectedEntriesText(entries, selection));
      if (entries.length === 0) process.exitCode = EXIT_FAILED;
    });
}

function dumpCommand(clock: Clock): Command {
  return new Command("dump")
    .summary("print every entry, a line of JSON each")
    .description(
      "Prints every entry of the states in a checkpoint as a line of JSON. Memory is needed for one key group.",
    )
    .argument("<checkpoint>", CHECKPOINT)
    .addOption(operatorOption())
    .addOption(stateOption())
    .addOption(jobManagerOption())
    .option("--key <key>", "only this key")
    .option("--limit <n>", "at most so many lines", count)
    .addHelpText("after", "\nExample:\n  $ millrace state dump checkpoints/clicks --state seen | jq .value\n")
    .action(async (path: string, { limit, jobmanager, ...selection }: Narrowing) => {
      await withSnapshot(path, jobmanager, clock, (snapshot) =>
        writeLines(first(stateDump(snapshot, selection), limit), process.stdout),
      );
    });
}

function diffCommand(): Command {
  return new Command("diff")
    .summary("compare two checkpoints")
    .description(
      "Says which operators, states and entries were added, removed or changed from the first to the second.",
    )
    .argument("<before>", CHECKPOINT)
    .argument("<after>", "the same")
    .addOption(operatorOption())
    .addOption(stateOption())
    .option("--limit <n>", "at most so many changes", count)
    .option("--json", "each change as a line of JSON")
    .addHelpText("after", "\nExample:\n  $ millrace state diff checkpoints/clicks/chk-41 checkpoints/clicks/chk-42\n")
    .action(async (before: string, after: string, { limit, json, ...selection }: Narrowing) => {
      const changes = diffSnapshots(await openSnapshot(before), await openSnapshot(after), selection);
      const line = json === true ? changeJson : changeText;
      let lineCount = 0;
      async function* lines(): AsyncGenerator<string> {
        for await (const change of changes) {
          lineCount++;
          yield line(change);
        }
      }
      await writeLines(first(lines(), limit), process.stdout);
      if (lineCount === 0 && json !== true) console.log("the same state");
    });
}

/** Of a running job, its newest snapshot; it has to lie where this process can read it. */
async function withSnapshot<T>(
  path: string,
  jobmanager: string | undefined,
  clock: Clock,
  read: (snapshot: SnapshotReader) => Promise<T>,
): Promise<T> {
  if (jobmanager === undefined) return read(await openSnapshot(path));
  return withNewestSnapshot(await findJob(path, jobmanager), clock, async (location) =>
    read(await openSnapshot(location)),
  );
}

function jobManagerOption(): Option {
  return new Option("-m, --jobmanager <host:port>", "of the job that runs there: name the job instead of a checkpoint");
}

function operatorOption(): Option {
  return new Option("--operator <operator>", "only this one: its uid, name or id");
}

function stateOption(): Option {
  return new Option("--state <state>", "only the state of this name");
}

function count(typed: string): number {
  if (!/^\d{1,15}$/.test(typed)) throw new InvalidArgumentError("It is a whole number from 0.");
  return Number(typed);
}
