import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

/** Where `npm run dashboard` finds a running job. */
const JOB = process.env["MILLRACE"] ?? "http://127.0.0.1:8081";

/** Paths of the REST API, which all begin with one of these words. */
const REST = "^/(jobs|jobmanager|taskmanagers|config|overview|millrace)(/|$|\\?)";

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Relative, so that a proxy may serve it under any path.
  base: "./",
  server: { proxy: { [REST]: { target: JOB, changeOrigin: true } } },
  build: {
    outDir: fileURLToPath(new URL("../dist/dashboard", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
});
export default config;
