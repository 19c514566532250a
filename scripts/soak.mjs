/**
 * A job at load that is killed every few seconds, for long: `npm run soak -- [--minutes 20] [--every 10]`. Its output must be that of an undisturbed run, and a
 * process must not need more memory in its last life than in its first ones.
 */
import { runBundled } from "./bundle.mjs";

process.exitCode = await runBundled("test/recovery/soak.ts", process.argv.slice(2));
