/** Bundles the simulator, since Node 20 reads no TypeScript, and runs it: `npm run simulate -- --seeds 500`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "millrace-simulate-"));
try {
  const outfile = join(folder, "simulate.mjs");
  await build({
    entryPoints: [join(ROOT, "test/simulation/main.ts")],
    tsconfig: join(ROOT, "tsconfig.json"),
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    external: ["@aws-sdk/*"],
    logLevel: "error",
  });
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
