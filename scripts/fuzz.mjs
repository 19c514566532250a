/** `npm run fuzz -- [--seconds 600] [target ...]`; see test/fuzz/README.md. */
import { runBundled } from "./bundle.mjs";

process.exitCode = await runBundled("test/fuzz/main.ts", process.argv.slice(2));
