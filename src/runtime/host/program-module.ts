import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MillraceError } from "../../core/errors.ts";
import { launched } from "../launch.ts";

/**
 * URL of the module that a worker loads to get the same job: what was launched, or the file that Node was started with. Node 20 cannot
 * load TypeScript in a worker, so a `.ts` program (started with a TypeScript loader) is bundled first.
 */
export async function programModule(): Promise<string> {
  const program = launched()?.program ?? process.argv[1];
  if (program === undefined) {
    throw new MillraceError("PROGRAM_NOT_LOADABLE", {
      message: "the job needs worker threads, but it was not started from a file that they could load.",
      advice: "Start it with `node program.mjs` or `millrace run program.ts`, or set host: in-process.",
    });
  }
  const url = program.startsWith("file:") ? program : pathToFileURL(program).href;
  return /\.[cm]?tsx?$/.test(url) ? bundleProgram(fileURLToPath(url)) : url;
}

/**
 * Bundles a program's own files into one `.mjs` beside it (in `.millrace/`); packages stay outside. `millrace` itself is pointed at this
 * very engine, so that program and engine are the same instance in every thread.
 *
 * @returns the bundle's URL.
 * @throws {MillraceError} `DEPENDENCY_MISSING` where esbuild is not installed, `PROGRAM_NOT_LOADABLE` where the program does not compile.
 */
export async function bundleProgram(file: string): Promise<string> {
  const esbuild = await loadEsbuild(file);
  const name = file
    .split("/")
    .at(-1)!
    .replace(/\.[cm]?tsx?$/, "");
  const outfile = join(dirname(file), ".millrace", `${name}.mjs`);
  const engine = createRequire(import.meta.url);
  try {
    await esbuild.build({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      sourcemap: true,
      logLevel: "silent",
      plugins: [
        {
          name: "this-engine",
          setup(build) {
            build.onResolve({ filter: /^millrace($|\/)/ }, ({ path }) => ({
              path: pathToFileURL(resolveOwn(engine, path)).href,
              external: true,
            }));
          },
        },
      ],
    });
  } catch (cause) {
    throw new MillraceError("PROGRAM_NOT_LOADABLE", {
      message: `${file} could not be compiled: ${cause instanceof Error ? cause.message : String(cause)}`,
      advice: "Correct what is named above.",
      cause,
    });
  }
  return pathToFileURL(outfile).href;
}

/** Starts what compiles programs, so that the first one need not wait for it. Where it is not installed, whoever needs it will say so. */
export async function warmUpCompiler(): Promise<void> {
  await import("esbuild").then(({ transform }) => transform("")).catch(() => {});
}

/** The package's own entry points, as `package.json` names them. */
function resolveOwn(engine: NodeJS.Require, specifier: string): string {
  return engine.resolve(specifier);
}

async function loadEsbuild(file: string): Promise<typeof import("esbuild")> {
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new MillraceError("DEPENDENCY_MISSING", {
      message: `${file} is TypeScript, and Node needs it compiled; esbuild, which does that, is not installed.`,
      advice: "Run `npm install --save-dev esbuild`, or compile the program to .mjs yourself.",
      cause,
    });
  }
}
