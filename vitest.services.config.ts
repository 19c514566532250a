import { configDefaults, defineConfig, mergeConfig, type ViteUserConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Tests against real servers, which `npm run test:services` starts before it runs them. */
const { test, ...rest } = base;
const config: ViteUserConfig = mergeConfig(
  rest,
  defineConfig({
    test: {
      ...test,
      include: ["test/services/**/*.test.ts"],
      exclude: configDefaults.exclude,
      testTimeout: 900_000,
      hookTimeout: 180_000,
    },
  }),
);
export default config;
