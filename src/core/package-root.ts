import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package, with `package.json`, `src` and `dist`: the build may put this code into any file below it. */
export const PACKAGE_ROOT: string = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** The folders of the engine's own code: as source maps name it, and as built. Each ends in a slash. */
export const ENGINE_FOLDERS: readonly string[] = ["src/", "dist/"].map((folder) => join(PACKAGE_ROOT, folder));

function nearestPackage(folder: string): string {
  const parent = dirname(folder);
  return parent === folder || existsSync(join(folder, "package.json")) ? folder : nearestPackage(parent);
}
