import { configDefaults, defineConfig, mergeConfig, type ViteUserConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Tests in a real browser, for which `npm run test:browser` sees that there is one. */
const { test, ...rest } = base;
const config: ViteUserConfig = mergeConfig(
  rest,
  defineConfig({
    test: {
      ...test,
      include: ["test/browser/**/*.test.ts"],
      exclude: configDefaults.exclude,
      // Each starts a browser and jobs, and two processors are soon busy with that.
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  }),
);
export default config;
