import type { Command } from "commander";

/** Shells that a script can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/**
 * A script that completes the words of `millrace` in a shell: commands, their subcommands and options, made from the commands themselves;
 * everything else as files.
 */
export function completionScript(millrace: Command, shell: (typeof SHELLS)[number]): string {
  const words = wordsOf(millrace);
  switch (shell) {
    case "bash":
      return bashScript(words);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`;
    case "fish":
      return words.flatMap(([path, next]) => fishLines(path, next)).join("\n");
  }
}

type Words = readonly (readonly [path: readonly string[], next: readonly string[]])[];

/** What may follow each command: its subcommands and options. */
function wordsOf(command: Command, path: readonly string[] = []): Words {
  const { commands } = command;
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const next = [...commands.map((one) => one.name()), ...options];
  return [[path, next], ...commands.flatMap((one) => wordsOf(one, [...path, one.name()]))];
}

function bashScript(words: Words): string {
  const cases = words
    .filter(([path]) => path.length > 0)
    .toReversed()
    .map(([path, next]) => `    "${path.join(" ")}"*) words="${next.join(" ")}" ;;`);
  const [, first] = words[0]!;
  return [
    "_millrace() {",
    `  local words="" typed="\${COMP_WORDS[*]:1:COMP_CWORD-1}"`,
    '  case "$typed" in',
    `    "") words="${first.join(" ")}" ;;`,
    ...cases,
    "  esac",
    `  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    "}",
    "complete -o default -F _millrace millrace",
    "",
  ].join("\n");
}

function fishLines(path: readonly string[], next: readonly string[]): string[] {
  const condition =
    path.length === 0
      ? "__fish_use_subcommand"
      : path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
  return next.map((word) =>
    word.startsWith("--")
      ? `complete -c millrace -n "${condition}" -l ${word.slice(2)}`
      : `complete -c millrace -n "${condition}" -a ${word}`,
  );
}
