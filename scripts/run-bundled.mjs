/** Bundles a TypeScript file of the tests, since Node 20 reads none, and runs it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @param entry - relative to the repository. @returns the exit code. */
export async function runBundled(entry, args) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bundled-"));
  try {
    const outfile = join(folder, "main.mjs");
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
      logLevel: "error",
    });
    const { status } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...args], { stdio: "inherit" });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
