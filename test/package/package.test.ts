import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Packed, pack, ROOT } from "./packed.ts";

/** What everybody who installs Millrace gets with it, and why. */
const REQUIRED_DEPENDENCIES: Readonly<Record<string, string>> = {
  "@fastify/static": "serves the dashboard's files",
  "@sinclair/typebox": "the schemas of the REST API, of which its document is made",
  commander: "the command line; it needs nothing itself",
  fastify: "the REST API",
  pino: "structured logs",
  "prom-client": "metrics as Prometheus reads them",
};

/** Sources and source maps are in it for debuggers and editors, and are most of it; the dashboard is a tenth. */
const TARBALL_BYTES_MAX = 1_800_000;

/** Read by a browser at the first look: scripts, styles, letters and licences together. */
const DASHBOARD_BYTES_MAX = 260_000;

/** What stands in for the world in tests of src/. */
const FOR_TESTS = /\/(sample|scripted|simulated|stub)-[^/]+$|\/(test-files|faulty-file-system|memory-object-store)\./;

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const lock: {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Record<string, string> }>>;
} = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));

describe("the published package", () => {
  let packed: Packed;
  beforeAll(() => {
    packed = pack();
  });
  afterAll(() => packed.remove());

  it("holds what was built, the sources that its maps name, and no tests", () => {
    const { files } = packed;

    expect(files).toEqual(
      expect.arrayContaining(["LICENSE", "package.json", "dist/index.js", "dist/index.d.ts", "dist/cli/main.js"]),
    );
    expect(files).toEqual(expect.arrayContaining(["src/index.ts", "dist/index.js.map", "dist/index.d.ts.map"]));
    expect(files.filter((file) => /\.(test|contract)\.|\/fixtures\/|\.built-from/.test(file))).toEqual([]);
    expect(files.filter((file) => FOR_TESTS.test(file))).toEqual([]);
    expect(
      files.filter((file) => !/^(dist|src)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(file)),
    ).toEqual([]);
  });

  it(`is smaller than ${TARBALL_BYTES_MAX} bytes`, () => {
    expect(packed.tarballBytes).toBeLessThan(TARBALL_BYTES_MAX);
  });

  it(`holds the dashboard, which is smaller than ${DASHBOARD_BYTES_MAX} bytes`, () => {
    const dashboard = packed.files.filter((file) => file.startsWith("dist/dashboard/"));

    const bytes = dashboard.reduce((sum, file) => sum + statSync(join(ROOT, file)).size, 0);

    expect(dashboard).toEqual(expect.arrayContaining(["dist/dashboard/index.html", "dist/dashboard/licenses.md"]));
    expect(bytes).toBeLessThan(DASHBOARD_BYTES_MAX);
  });

  it("has entry points that publint accepts", async () => {
    const { tarball } = packed;

    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer } });

    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("exports these names", async () => {
    const names = namesOf(entryPoints(), packed.project);

    await expect(names).toMatchFileSnapshot("exported-names.txt");
  });

  it("type-checks a strict program that uses it", () => {
    writeFileSync(join(packed.project, "program.ts"), PROGRAM);
    const options = "--noEmit --strict --module nodenext --target es2023 --types node --exactOptionalPropertyTypes";

    const compile = () => execFileSync(process.execPath, [TSC, ...options.split(" "), "program.ts"], inProject());

    expect(compile).not.toThrow();
  });

  it("has a command that runs", () => {
    const printed = execFileSync(
      process.execPath,
      [join(packed.project, "node_modules/millrace", manifest.bin.millrace), "--version"],
      inProject(),
    );

    expect(printed).toBe(`${manifest.version}\n`);
  });

  function inProject() {
    return { cwd: packed.project, encoding: "utf8" } as const;
  }
});

describe("package.json", () => {
  it("requires nothing that is not on the list above", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(Object.keys(REQUIRED_DEPENDENCIES));
  });

  it("makes every peer optional: what a program does not use it need not install", () => {
    expect(Object.keys(manifest.peerDependencies).length).toBeGreaterThan(0);
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer], peer).toEqual({ optional: true });
    }
  });

  it("has a lock file for every platform, which npm ci insists on", () => {
    const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => lock.packages[`node_modules/${name}`] === undefined),
    );

    expect(missing).toEqual([]);
  });

  it("has a lock file that names no registry, so that any mirror will do", () => {
    expect(JSON.stringify(lock)).not.toContain('"resolved":"http');
  });
});

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const PROGRAM = `
import { StreamExecutionEnvironment, type JobExecutionResult } from "millrace";
import { FileSource } from "millrace/connectors/files";

const env: StreamExecutionEnvironment = StreamExecutionEnvironment.getExecutionEnvironment();
const words = env.fromCollection(["a", "b"]).map((word) => word.length).keyBy((length) => length % 2);
words.print();
export const result: Promise<JobExecutionResult> = env.execute();
export const source: unknown = FileSource;
`;

/** Every specifier that the package answers to, a pattern as all that match it. */
function entryPoints(): string[] {
  return (
    Object.keys(manifest.exports)
      // Matchers are loaded by vitest, which no user of the package needs.
      .filter((path) => !path.endsWith(".json") && !path.endsWith("/vitest"))
      .flatMap((path) => (path.includes("*") ? expand(path) : [path]))
      .map((path) => path.replace(/^\./, "millrace"))
  );
}

function expand(pattern: string): string[] {
  const [before, after] = (manifest.exports[pattern].default as string).split("*") as [string, string];
  return readdirSync(join(ROOT, before), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      expect(() => readFileSync(join(ROOT, before, name + after)), `${before}${name}${after}`).not.toThrow();
      return pattern.replace("*", name);
    });
}

/** What a project gets that imports them, a line for each name. */
function namesOf(specifiers: readonly string[], project: string): string {
  const script = `
    for (const specifier of ${JSON.stringify(specifiers)}) {
      for (const name of Object.keys(await import(specifier)).sort()) console.log(specifier, name);
    }`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: project, encoding: "utf8" });
}
