import { execFileSync } from "node:child_process";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { completionScript } from "./completion.ts";

const millrace = new Command("millrace")
  .addCommand(new Command("run").option("-q, --quiet", "").option("-p, --parallelism <n>", ""))
  .addCommand(new Command("state").addCommand(new Command("ls").option("--json", "")).addCommand(new Command("get")));

/** What bash offers for the last of the words that were typed. */
function offered(...typed: string[]): string[] {
  const script = `${completionScript(millrace, "bash")}
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${typed.length - 1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n").filter(Boolean);
}

describe("completion in bash", () => {
  it("offers commands, options and subcommands", () => {
    expect(offered("millrace", "")).toEqual(["run", "state"]);
    expect(offered("millrace", "s")).toEqual(["state"]);
    expect(offered("millrace", "run", "--")).toEqual(["--quiet", "--parallelism"]);
    expect(offered("millrace", "state", "")).toEqual(["ls", "get"]);
    expect(offered("millrace", "state", "ls", "--")).toEqual(["--json"]);
  });

  it("offers nothing of its own, so that files are, where there is nothing", () => {
    expect(offered("millrace", "run", "job")).toEqual([]);
  });
});

describe("completion elsewhere", () => {
  it("is bash's in zsh, and a line per word in fish", () => {
    expect(completionScript(millrace, "zsh")).toContain("bashcompinit");
    expect(completionScript(millrace, "fish").split("\n")).toContain(
      'complete -c millrace -n "__fish_seen_subcommand_from state; and __fish_seen_subcommand_from ls" -l json',
    );
  });
});
