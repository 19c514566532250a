/** The pages that people read: what is in them, and where they lead. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of code. */
export interface Block {
  /** What follows the opening fence: `ts`, `ts program`, `text`. */
  readonly kind: string;
  readonly code: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
}

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Every page of the repository's own: at the root, and below `docs/`. */
export function readPages(): readonly Page[] {
  const names = [
    ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
    ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  ];
  return names.sort().map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, blocks: blocksOf(text) };
}

export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { kind: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === undefined) open = { kind: fence[1]!.trim(), line: index + 2, code: [] };
    else {
      blocks.push({ kind: open.kind, line: open.line, code: open.code.join("\n") });
      open = undefined;
    }
  }
  return blocks;
}

/** Links of `page` that lead nowhere: to a file that is missing, or to a heading that the file does not have. */
export function brokenLinks(page: Page): readonly string[] {
  const prose = withoutCode(page.text);
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path, heading] = target.split("#") as [string, string?];
      const file = path === "" ? join(ROOT, page.path) : resolve(ROOT, dirname(page.path), path);
      if (!existsSync(file) || relative(ROOT, file).startsWith("..")) return true;
      return heading !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(heading);
    })
    .map((target) => `${page.path}: ${target}`);
}

/** How GitHub names the headings of a page in links. */
function anchorsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The package's entry points, a pattern as all that match it, and the source file behind each. */
export function entryPoints(): ReadonlyMap<string, string> {
  const manifest: { exports: Record<string, { default: string } | string> } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const sources = Object.entries(manifest.exports).flatMap(([path, target]) => {
    if (typeof target === "string") return [];
    const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
    return expand(path.replace(/^\./, "millrace"), source);
  });
  return new Map(sources);
}

function expand(specifier: string, source: string): readonly (readonly [string, string])[] {
  const star = source.indexOf("*");
  if (star === -1) return [[specifier, source]];
  return readdirSync(join(ROOT, source.slice(0, star)), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [specifier.replace("*", name), source.replace("*", name)]);
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "");
}
