import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

/** The rooms of src/. A file may import its own room and rooms before it. */
const ROOMS = [
  "core",
  "codec",
  "filesystem",
  "state",
  "checkpoint",
  "connectors",
  "operators",
  "graph",
  "runtime",
  "snapshots",
  "flink",
  "server",
  "api",
  "testing",
  "cli",
];

const FILES = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("src", name));

/** Code that ships: not tests. */
const SHIPPED = FILES.filter((file) => !/\.(test|contract)\.ts$/.test(file));

const IN_ROOMS = SHIPPED.filter((file) => relative("src", file).includes(sep));

const roomOf = (path: string): string => relative("src", path).split(sep)[0]!;

/** Relative specifiers that a file imports or re-exports, lazily or not. */
function importsOf(file: string): string[] {
  const code = withoutComments(readFileSync(file, "utf8"));
  return [...code.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1]!);
}

/** Strings are stepped over, so that "/*" in a glob opens no comment. */
function withoutComments(code: string): string {
  const stringOrComment = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return code.replace(stringOrComment, (_match, text: string | undefined) => text ?? "");
}

function filesWith(pattern: RegExp, allowed: (file: string) => boolean): string[] {
  return SHIPPED.filter((file) => !allowed(file)).flatMap((file) => {
    const found = pattern.exec(withoutComments(readFileSync(file, "utf8")));
    return found === null ? [] : [`${file} uses ${found[0]}`];
  });
}

describe("the architecture", () => {
  it("is read from code, not from comments, and strings end no code", () => {
    const code = ['const glob = "src/**/*.ts"; setTimeout(a);', "/* Date.now */ // Math.random", "`x//` + b;"].join(
      "\n",
    );

    expect(withoutComments(code)).toBe('const glob = "src/**/*.ts"; setTimeout(a);\n \n`x//` + b;');
  });

  it("is about files that are there", () => {
    expect(IN_ROOMS.length).toBeGreaterThan(20);
  });

  it("has no room that the list does not know", () => {
    expect([...new Set(IN_ROOMS.map(roomOf))].filter((room) => !ROOMS.includes(room))).toEqual([]);
  });

  it("has imports that point only towards the foundation", () => {
    const uphill = IN_ROOMS.flatMap((file) =>
      importsOf(file)
        .map((specifier) => relative("src", join(dirname(file), specifier)))
        .filter((target) => ROOMS.indexOf(roomOf(join("src", target))) > ROOMS.indexOf(roomOf(file)))
        .map((target) => `${file} must not import ${target}`),
    );

    expect(uphill).toEqual([]);
  });

  it("lets no room import the list of public names", () => {
    const fromIndex = IN_ROOMS.filter((file) =>
      importsOf(file).some((specifier) => join(dirname(file), specifier) === join("src", "index.ts")),
    );

    expect(fromIndex).toEqual([]);
  });

  it("lets only api/execute.ts start the runtime", () => {
    const starters = IN_ROOMS.filter((file) => roomOf(file) === "api").filter((file) => {
      const code = withoutComments(readFileSync(file, "utf8"));
      const values = [...code.matchAll(/(?:import|export)\s+(?!type\b)[^;]*?from\s+"\.\.\/runtime\//g)];
      return values.length > 0 || /import\(\s*"\.\.\/runtime\//.test(code);
    });

    expect(starters.filter((file) => file !== join("src", "api", "execute.ts"))).toEqual([]);
  });

  it("reads time and chance in one file only", () => {
    const pattern = /\bDate\.now\b|\bsetTimeout\b|\bsetInterval\b|\bMath\.random\b|\bperformance\.now\b|\bnew Date\(\)/;

    expect(filesWith(pattern, (file) => file === join("src", "core", "system-clock.ts"))).toEqual([]);
  });

  it("yields to Node only in the runtime", () => {
    // The harness stands in for the task's loop, and lets promises settle as that does.
    const harness = join("src", "operators", "operator-harness.ts");

    expect(filesWith(/\bsetImmediate\b/, (file) => roomOf(file) === "runtime" || file === harness)).toEqual([]);
  });

  it("explains every room in a README.md", () => {
    const rooms = [...new Set(IN_ROOMS.map(roomOf))];

    expect(rooms.filter((room) => !existsSync(join("src", room, "README.md")))).toEqual([]);
  });

  it("has no file named after nothing", () => {
    const vague = /^(utils?|helpers?|common|shared|misc|types)(\.|$)/;
    const parts = (file: string): string[] => file.split(sep);

    expect(FILES.filter((file) => [basename(file), ...parts(dirname(file))].some((part) => vague.test(part)))).toEqual(
      [],
    );
  });

  it("has only names in src/index.ts", () => {
    const code = withoutComments(readFileSync(join("src", "index.ts"), "utf8"));
    const rest = code.replace(/export\s+(type\s+)?\{[^}]*\}\s+from\s+"[^"]+";/g, "").trim();

    expect(rest).toBe("");
  });

  it("has no error code that nothing throws", () => {
    const declared = readFileSync(join("src", "core", "errors.ts"), "utf8");
    const codes = [...declared.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code]) => code!);
    const others = SHIPPED.filter((file) => !file.endsWith("core/errors.ts")).map((file) => readFileSync(file, "utf8"));
    const all = others.join("\n");

    expect(codes).toContain("JOB_FAILED");
    expect(codes.filter((code) => !all.includes(`"${code}"`))).toEqual([]);
  });
});
