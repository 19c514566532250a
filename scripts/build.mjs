/**
 * Builds `dist` of `src`: code in few files, since a thread that starts takes twice as long to load 300 modules one by one; and types, by
 * tsc. What several entry points share lies in `dist/chunks`, so that it is there once, whichever of them a thread loads.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE = join(ROOT, "src");

/** What `package.json` exports, and what runs as a process or a thread of its own: paths within `src`, without their ending. */
const ENTRY_POINTS = [
  "index",
  ...readdirSync(join(SOURCE, "connectors"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `connectors/${name}/index`),
  "snapshots/index",
  "testing/index",
  "testing/vitest",
  "server/index",
  "cli/main",
  "cli/dev-child",
  "runtime/host/worker-main",
];

await build({
  configFile: false,
  root: ROOT,
  logLevel: "error",
  build: {
    ssr: true,
    target: "node20",
    outDir: "dist",
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries(ENTRY_POINTS.map((path) => [path, join(SOURCE, `${path}.ts`)])),
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        // The package has the sources too.
        sourcemapExcludeSources: true,
      },
    },
  },
});

// Declarations are written whatever the types say: the exit code tells.
const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
