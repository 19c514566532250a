import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Unit tests run on the source; tests of real threads and processes start programs that import the built package.
    alias: [
      { find: /^millrace$/, replacement: source("src/index.ts") },
      { find: /^millrace\/connectors\/(.*)$/, replacement: source("src/connectors/$1/index.ts") },
      { find: /^millrace\/state-reader$/, replacement: source("src/snapshots/index.ts") },
      { find: /^millrace\/testing$/, replacement: source("src/testing/index.ts") },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "threads",
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    reporters: ["default"],
  },
});
export default config;
