/**
 * Turns the TypeScript blocks of a page into modules.
 *
 * A block `ts program` is a module as it stands, and the block after it (`text`) is what it prints. Any other `ts` block is a fragment:
 * before it come imports of the public names that it uses, and the declarations of `given.ts` that it does not make itself.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, entryPoints, type Page, ROOT } from "./pages.ts";

export interface Snippet {
  /** Page and line, for people. */
  readonly where: string;
  /** A file name. */
  readonly file: string;
  readonly module: string;
  /** Line of the page that the module's first line would be. */
  readonly lineOffset: number;
}

export interface Program extends Snippet {
  readonly printed: string;
}

export function snippetsOf(page: Page): readonly Snippet[] {
  return page.blocks.filter(isTypeScript).map((block) => snippetOf(page, block));
}

export function programsOf(page: Page): readonly Program[] {
  return page.blocks.flatMap((block, index) => {
    if (block.kind !== "ts program") return [];
    const next = page.blocks[index + 1];
    if (next?.kind !== "text") throw new Error(`${page.path}:${block.line}: no \`\`\`text block says what it prints`);
    return [{ ...snippetOf(page, block), printed: next.code }];
  });
}

export interface Process {
  readonly where: string;
  readonly code: string;
  readonly printed: string;
}

/** Blocks `js process`: programs for a process of their own, and what they print. */
export function processesOf(page: Page): readonly Process[] {
  return page.blocks.flatMap(({ kind, code, line }, index) =>
    kind === "js process" ? [{ where: `${page.path}:${line}`, code, printed: page.blocks[index + 1]!.code }] : [],
  );
}

function isTypeScript({ kind }: Block): boolean {
  return kind === "ts" || kind === "ts program";
}

function snippetOf(page: Page, { kind, code, line }: Block): Snippet {
  const before = kind === "ts program" ? "" : preludeOf(code);
  return {
    where: `${page.path}:${line}`,
    file: `${page.path.replace(/\.md$/, "").replaceAll("/", "-")}-${line}.ts`,
    module: `${before}${code}\nexport {};\n`,
    lineOffset: line - before.split("\n").length,
  };
}

function preludeOf(code: string): string {
  const given = GIVEN.filter(({ name }) => !declares(code, name));
  const wanted = transitively(code, given);
  const all = `${code}\n${wanted.map(({ declaration }) => declaration).join("\n")}`;
  const imports = [...PUBLIC_NAMES].map(([entry, names]) => {
    const used = names.filter(({ name }) => mentions(all, name) && !declares(all, name));
    return used.length === 0
      ? ""
      : `import { ${used.map(({ name, isType }) => (isType ? `type ${name}` : name)).join(", ")} } from "${entry}";\n`;
  });
  return `${imports.join("")}${wanted.map(({ declaration }) => `${declaration}\n`).join("")}`;
}

interface Given {
  readonly name: string;
  readonly declaration: string;
}

/** What examples may use without saying where it comes from; a declaration per paragraph. */
const GIVEN: readonly Given[] = readFileSync(join(ROOT, "test/docs/given.ts"), "utf8")
  .split(/\n\n+/)
  .flatMap((paragraph) => {
    const name = /^(?:declare )?(?:const|function|interface|type|class) (\w+)/m.exec(paragraph)?.[1];
    return name === undefined ? [] : [{ name, declaration: paragraph.replace(/\/\*\*[\s\S]*?\*\//g, "").trim() }];
  });

/** Those of `given` that `code` uses, and those that these use. */
function transitively(code: string, given: readonly Given[]): readonly Given[] {
  const wanted = new Set<Given>();
  let text = code;
  for (let count = -1; count !== wanted.size; ) {
    count = wanted.size;
    for (const one of given) if (mentions(text, one.name)) wanted.add(one);
    text = `${code}\n${[...wanted].map(({ declaration }) => declaration).join("\n")}`;
  }
  return given.filter((one) => wanted.has(one));
}

function mentions(code: string, name: string): boolean {
  return new RegExp(`(?<![.\\w])${name}(?!\\w)`).test(code);
}

function declares(code: string, name: string): boolean {
  return (
    new RegExp(`\\b(const|let|function|interface|type|class) ${name}\\b`).test(code) ||
    new RegExp(`^import[^;]*\\b${name}\\b[^;]* from`, "m").test(code)
  );
}

interface PublicName {
  readonly name: string;
  readonly isType: boolean;
}

const PUBLIC_NAMES: ReadonlyMap<string, readonly PublicName[]> = new Map(
  [...entryPoints()].map(([entry, file]) => [entry, publicNames(readFileSync(join(ROOT, file), "utf8"))]),
);

function publicNames(code: string): readonly PublicName[] {
  return [...code.matchAll(/export (type )?\{([^}]*)\} from/g)].flatMap(([, allTypes, names]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => ({
        name: name.replace(/^type /, ""),
        isType: allTypes !== undefined || name.startsWith("type "),
      })),
  );
}
