/**
 * A job at load that is killed every few seconds, for long: `npm run soak -- [--minutes 20] [--every 10] [--kill process|worker]`. Its output must be that of an
 * undisturbed run, and the process must not need more memory late than early.
 */
import { runBundled } from "./bundle.mjs";

process.exitCode = await runBundled("test/recovery/soak.ts", process.argv.slice(2));
