import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Project } from "./millrace.ts";

describe("millrace run", () => {
  let project: Project;
  beforeAll(() => {
    project = new Project();
    project.write("split.ts", "export const split = (line: string): string[] => line.split(' ');\n");
    project.write("words.ts", WORDS);
    project.write("numbers.mjs", NUMBERS);
    project.write("fails.ts", FAILS);
  });
  afterAll(() => project.remove());

  it("runs a TypeScript program of several files, whose output stays clean", async () => {
    const { exitCode, stdout, stderr } = await project.millrace("run", "words.ts");

    expect(stdout).toBe("to 1\nbe 1\nor 1\nnot 1\nto 2\nbe 2\n");
    expect(stderr).toMatch(/^\[millrace\] "words" finished after [\d.]+ m?s\n$/);
    expect(exitCode).toBe(0);
  });

  it("runs a JavaScript program on as many threads as it is told to, and gives it its arguments", async () => {
    const { exitCode, stdout, stderr } = await project.millrace(
      "run",
      "numbers.mjs",
      "-p",
      "2",
      "-q",
      "--",
      "--least",
      "8",
    );

    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => line.replace(/^[12]> /, "")).sort()).toEqual(["17", "18", "19", "20"]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  it("hands configuration to the program, and names the key that a wrong one is near to", async () => {
    const { stderr } = await project.millrace(
      ...["run", "words.ts", "-D", "pipeline.name=renamed", "-D", "parallelism.defualt=2"],
    );

    expect(stderr).toContain("parallelism.defualt is not a known configuration key");
    expect(stderr).toContain("Did you mean parallelism.default?");
    expect(stderr).toContain('"renamed" finished');
  });

  it.each([
    ["this thread", "1"],
    ["worker threads", "2"],
  ])("names the line of the TypeScript program that threw in %s, without a stack", async (_where, parallelism) => {
    const { exitCode, stdout, stderr } = await project.millrace("run", "fails.ts", "-p", parallelism);

    expect(stdout).toBe("");
    expect(stderr).toContain("Error: no sevens");
    expect(stderr).toContain(`${project.folder}/fails.ts:7:25`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(1);
  });

  it("shows stacks and causes when asked to", async () => {
    const { exitCode, stderr } = await project.millrace("run", "fails.ts", "--verbose");

    expect(stderr).toMatch(/\[cause\]: Error: no sevens\n\s+at refuse \(.*fails\.ts:7:25\)/);
    expect(exitCode).toBe(1);
  });

  it("names the place where a program does not compile", async () => {
    project.write("broken.ts", "const a: number = 1;\nconst b = = 2;\n");

    const { exitCode, stderr } = await project.millrace("run", "broken.ts");

    expect(stderr).toMatch(/^PROGRAM_NOT_LOADABLE: /);
    expect(stderr).toContain("broken.ts:2:10: ERROR: Unexpected");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(1);
  });

  it("shows an error of the program itself with its line", async () => {
    project.write("throws.ts", 'interface A { b: string }\nconst a: A = JSON.parse("null");\nconsole.log(a.b);\n');

    const { exitCode, stderr } = await project.millrace("run", "throws.ts");

    expect(stderr).toBe("TypeError: Cannot read properties of null (reading 'b')\n    at throws.ts:3:15\n");
    expect(exitCode).toBe(1);
  });

  it("wonders about a program that runs no job", async () => {
    project.write("nothing.mjs", "");

    const { exitCode, stderr } = await project.millrace("run", "nothing.mjs");

    expect(stderr).toContain("without running a job: is `await env.execute()` missing?");
    expect(exitCode).toBe(0);
  });

  it("fails when a job fails that nobody waits for", async () => {
    project.write("unwatched.ts", FAILS.replace("await env.execute(", "await env.executeAsync("));

    const { exitCode, stderr } = await project.millrace("run", "unwatched.ts");

    expect(stderr.match(/Error: no sevens/g)).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  it("says what is wrong with a file that is no program", async () => {
    project.write("notes.txt", "");

    const missing = await project.millrace("run", "missing.ts");
    const text = await project.millrace("run", "notes.txt");

    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("there is no file missing.ts.") });
    expect(text).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("neither TypeScript nor JavaScript") });
  });
});

const WORDS = `
import { StreamExecutionEnvironment } from "millrace";
import { split } from "./split.ts";

interface Count { readonly word: string; readonly count: number }

const env = StreamExecutionEnvironment.getExecutionEnvironment({ "pipeline.name": "words" });
env
  .fromCollection(["to be or not to be"])
  .flatMap(split)
  .map((word): Count => ({ word, count: 1 }))
  .keyBy((entry) => entry.word)
  .sum("count")
  .map((entry) => \`\${entry.word} \${entry.count}\`)
  .print();
await env.execute();
`;

const NUMBERS = `
import { StreamExecutionEnvironment } from "millrace";

const least = Number(process.argv[process.argv.indexOf("--least") + 1]);
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(7, 10).map((n) => n + 10).filter((n) => n > 8 + least).print();
await env.execute("numbers");
`;

const FAILS = `import { StreamExecutionEnvironment } from "millrace";

interface Seven { readonly seven: 7 }

function refuse(n: number): number {
  // A comment, so that lines and columns differ from those of the bundle.
  if (n === 7) { throw  new Error("no sevens"); }
  return n;
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(7, 7).map(refuse).print();
await env.execute("fails");
`;
