/** Node 20 reads no TypeScript: what the tests have as a program of its own is bundled first. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param entry - The TypeScript file, relative to the repository.
 * @param outfile - The bundle, to be run with `--enable-source-maps`.
 * @param plugins - For esbuild.
 */
export async function bundle(entry, outfile, plugins = []) {
  await build({
    entryPoints: [join(ROOT, entry)],
    tsconfig: join(ROOT, "tsconfig.json"),
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    external: ["@aws-sdk/*", "@harperfast/*"],
    plugins,
    logLevel: "error",
  });
}

/**
 * @param entry - The TypeScript file, relative to the repository.
 * @param args - For the program.
 * @returns its exit code.
 */
export async function runBundled(entry, args) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bundled-"));
  try {
    const outfile = join(folder, "main.mjs");
    await bundle(entry, outfile);
    const { status } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...args], { stdio: "inherit" });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
