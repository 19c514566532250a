import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What waits for processes takes longest: started last, it would keep one worker busy long after the other has nothing left to do. */
class SystemTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isUnitTest = ({ moduleId }: TestSpecification): number => Number(moduleId.startsWith(source("src/")));
    return sorted.toSorted((a, b) => isUnitTest(a) - isUnitTest(b));
  }
}

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Unit tests run on the source; tests of real threads and processes start programs that import the built package.
    alias: [
      { find: /^millrace$/, replacement: source("src/index.ts") },
      { find: /^millrace\/connectors\/(.*)$/, replacement: source("src/connectors/$1/index.ts") },
      { find: /^millrace\/state-reader$/, replacement: source("src/snapshots/index.ts") },
      { find: /^millrace\/server$/, replacement: source("src/server/index.ts") },
      { find: /^millrace\/testing\/vitest$/, replacement: source("src/testing/vitest.ts") },
      { find: /^millrace\/testing$/, replacement: source("src/testing/index.ts") },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "dashboard/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    // Those need servers or a browser, which `npm run test:services` and `npm run test:browser` start.
    exclude: [...configDefaults.exclude, "test/services/**", "test/browser/**"],
    pool: "threads",
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: SystemTestsFirst },
    // For a hang only: how long a test takes on a machine that does other things besides is not what it is about.
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
});
export default config;
