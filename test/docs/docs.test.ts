import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { KNOWN_KEYS } from "../../src/api/configuration/known-keys.ts";
import { brokenLinks, entryPoints, ROOT, readPage, readPages } from "./pages.ts";
import { type Program, processesOf, programsOf, snippetsOf } from "./snippets.ts";

const PAGES = readPages();
const SNIPPETS = PAGES.flatMap(snippetsOf);
const PROGRAMS = PAGES.flatMap(programsOf);

describe("the pages", () => {
  it("lead to each other, and to files that are there", () => {
    expect(PAGES.length).toBeGreaterThan(15);
    expect(PAGES.flatMap(brokenLinks)).toEqual([]);
  });

  it("are all within reach of the guide's first one", () => {
    const index = readPage("docs/guide/README.md").text;
    const pages = readdirSync(join(ROOT, "docs/guide")).filter((name) => name !== "README.md");

    expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });

  it("explain every entry point of the package", () => {
    const guide = PAGES.filter(({ path }) => path.startsWith("docs/guide/")).map(({ text }) => text);
    const entries = [...entryPoints().keys()];

    expect(entries).toContain("millrace/connectors/files");
    expect(entries.filter((entry) => !guide.some((text) => text.includes(`"${entry}"`)))).toEqual([]);
  });

  it("name every error code, and no other", () => {
    const codes = errorCodes();
    const headings = [...readPage("docs/guide/errors.md").text.matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code);

    expect(codes.length).toBeGreaterThan(40);
    expect([...headings].sort()).toEqual([...codes].sort());
  });

  it("name every configuration key in all its spellings, and no other", () => {
    const { text } = readPage("docs/guide/configuration.md");
    const rows = [...text.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) =>
      [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );

    expect(rows.map(String).sort()).toEqual(
      KNOWN_KEYS.map(({ key, olderSpellings }) => String([key, ...olderSpellings])).sort(),
    );
  });

  it("name every option of the command line", () => {
    const { text } = readPage("docs/guide/cli.md");
    const options = [...readFileSync(join(ROOT, "src/cli/main.ts"), "utf8").matchAll(/\.option\(\s*"([^"]+)"/g)];

    expect(options.length).toBeGreaterThan(6);
    expect(options.map(([, option]) => option!).filter((option) => !text.includes(`\`${option}\``))).toEqual([]);
  });

  it("name every setting of checkpoints", () => {
    const { text } = readPage("docs/guide/checkpoints.md");
    const code = readFileSync(join(ROOT, "src/api/checkpoint-config.ts"), "utf8");
    // `enableCheckpointing` sets the interval.
    const calls = [...code.matchAll(/^ {2}(set\w+)\(/gm)].filter(([, name]) => name !== "setCheckpointInterval");

    expect(calls.length).toBeGreaterThan(7);
    expect(calls.map(([, name]) => name!).filter((name) => !text.includes(name))).toEqual([]);
  });

  it("name every room of the architecture", () => {
    const { text } = readPage("docs/architecture.md");
    const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, "src", entry.name)).length > 0)
      .map(({ name }) => name);

    expect(rooms.length).toBeGreaterThan(8);
    expect(rooms.filter((room) => !text.includes(`\`${room}/\``))).toEqual([]);
  });
});

describe("the TypeScript of the pages", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("has no type errors", async () => {
    expect(SNIPPETS.length).toBeGreaterThan(40);

    expect(await typeErrors(join(folder, "checked"))).toEqual([]);
  });

  it("holds programs that are run", () => {
    expect(PROGRAMS.length).toBeGreaterThan(8);
  });

  it.each(PROGRAMS.map((program) => [program.where, program] as const))(
    "prints what is said at %s",
    async (_, program) => {
      expect(linesOf(await run(program))).toEqual(linesOf(program.printed));
    },
  );

  /** Runs a program in this process, as fast as it goes, with the folders that it names in a folder of the test. */
  async function run(program: Program): Promise<string> {
    const code = program.module
      .replace(/ratePerSecond: [\d_]+/g, "ratePerSecond: 1e9")
      .replaceAll(/"\.\/([a-z-]+)("|\/)/g, (_, name, end) => `"${join(folder, program.file, name)}${end}`);
    const file = join(folder, program.file.replace(/\.ts$/, ".run.ts"));
    writeFileSync(file, code);
    let printed = "";
    const take = (text: unknown): boolean => {
      printed += String(text);
      return true;
    };
    const spies = [
      vi.spyOn(process.stdout, "write").mockImplementation(take),
      vi.spyOn(console, "log").mockImplementation((...parts) => void take(`${parts.join(" ")}\n`)),
      vi.spyOn(process.stderr, "write").mockImplementation(() => true),
    ];
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    return printed;
  }
});

describe("the JavaScript of the pages", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/millrace"), "dir");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  // In a process of its own, on worker threads of the built package.
  it.each(processesOf(readPage("docs/guide/threads.md")))(
    "prints what is said at $where",
    async ({ code, printed }) => {
      const file = join(folder, "program.mjs");
      writeFileSync(file, code);

      expect(linesOf(await outputOf(file, []))).toEqual(linesOf(printed));
    },
  );
});

/** What the compiler says of all snippets at once, with the place in the page. */
async function typeErrors(folder: string): Promise<readonly string[]> {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const { file, module } of SNIPPETS) writeFileSync(join(folder, file), module);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        isolatedDeclarations: false,
        declaration: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
        typeRoots: [join(ROOT, "node_modules/@types")],
        paths: Object.fromEntries([...entryPoints()].map(([entry, file]) => [entry, [join(ROOT, file)]])),
      },
      include: [folder],
    }),
  );
  const output = await outputOf(join(ROOT, "node_modules/typescript/bin/tsc"), ["-p", folder]);
  return (
    output
      .split("\n")
      // The sources have a test of their own.
      .filter((line) => line.includes("error TS") && !/(^|\/)src\//.test(line))
      .map((line) => {
        const [, file, row, rest] = /([^/\\]+\.ts)[(:](\d+)[^:]*:(.*)$/.exec(line) ?? [];
        const snippet = SNIPPETS.find((one) => one.file === file);
        return snippet === undefined
          ? line
          : `${snippet.where.replace(/\d+$/, "")}${Number(row) + snippet.lineOffset}:${rest}`;
      })
  );
}

function outputOf(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}

function linesOf(text: string): readonly string[] {
  return text.trim().split("\n");
}

function errorCodes(): readonly string[] {
  const source = readFileSync(join(ROOT, "src/core/errors.ts"), "utf8");
  const union = /export type ErrorCode =([^;]*);/.exec(source)![1]!;
  return [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code!);
}
