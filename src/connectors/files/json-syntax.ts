/**
 * The character at which `text` stops being JSON; its length where it ends too early; undefined where it is JSON.
 *
 * JSON.parse names the place in some of its messages only. This looks again, once an error has happened.
 */
export function jsonErrorOffset(text: string): number | undefined {
  try {
    const end = afterSpace(text, afterValue(text, afterSpace(text, 0)));
    return end === text.length ? undefined : end;
  } catch (error) {
    if (error instanceof Stop) return error.at;
    throw error;
  }
}

class Stop extends Error {
  readonly at: number;

  constructor(at: number) {
    super();
    this.at = at;
  }
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\n" || text[at] === "\r") at++;
  return at;
}

/** Goes through nested values with a stack of its own, so that depth is no limit. */
function afterValue(text: string, from: number): number {
  const open: ("[" | "{")[] = [];
  let at = from;
  for (;;) {
    const first = text[at];
    if (first === "[" || first === "{") {
      at = afterSpace(text, at + 1);
      if (text[at] !== (first === "[" ? "]" : "}")) {
        open.push(first);
        if (first === "{") at = afterName(text, at);
        continue;
      }
      at++;
    } else {
      at = afterScalar(text, at);
    }
    for (;;) {
      const inside = open.at(-1);
      if (inside === undefined) return at;
      at = afterSpace(text, at);
      if (text[at] === ",") {
        at = afterSpace(text, at + 1);
        if (inside === "{") at = afterName(text, at);
        break;
      }
      if (text[at] !== (inside === "[" ? "]" : "}")) throw new Stop(at);
      open.pop();
      at++;
    }
  }
}

/** After a property's name, its colon and the space behind. */
function afterName(text: string, from: number): number {
  if (text[from] !== '"') throw new Stop(from);
  const at = afterSpace(text, afterString(text, from));
  if (text[at] !== ":") throw new Stop(at);
  return afterSpace(text, at + 1);
}

function afterScalar(text: string, from: number): number {
  switch (text[from]) {
    case '"':
      return afterString(text, from);
    case "t":
      return afterWord(text, from, "true");
    case "f":
      return afterWord(text, from, "false");
    case "n":
      return afterWord(text, from, "null");
    default:
      return afterNumber(text, from);
  }
}

function afterWord(text: string, from: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (text[from + i] !== word[i]) throw new Stop(Math.min(from + i, text.length));
  return from + word.length;
}

function afterString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return at + 1;
    if (char < " ") throw new Stop(at);
    if (char === "\\") at = lastOfEscape(text, at + 1);
  }
  throw new Stop(text.length);
}

function lastOfEscape(text: string, at: number): number {
  const char = text[at];
  if (char !== "u") {
    if (char !== undefined && '"\\/bfnrt'.includes(char)) return at;
    throw new Stop(at);
  }
  for (let i = 1; i <= 4; i++)
    if (!/^[0-9a-fA-F]$/.test(text[at + i] ?? "")) throw new Stop(Math.min(at + i, text.length));
  return at + 4;
}

function afterNumber(text: string, from: number): number {
  let at = text[from] === "-" ? from + 1 : from;
  at = text[at] === "0" ? at + 1 : afterDigits(text, at);
  if (text[at] === ".") at = afterDigits(text, at + 1);
  if (text[at] === "e" || text[at] === "E") {
    at++;
    if (text[at] === "+" || text[at] === "-") at++;
    at = afterDigits(text, at);
  }
  return at;
}

function afterDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text[at])) at++;
  if (at === from) throw new Stop(at);
  return at;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}
