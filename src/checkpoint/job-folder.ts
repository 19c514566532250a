import { ConfigError } from "../core/errors.ts";

/** The longest name that common file systems take for one folder. */
const FOLDER_BYTES_MAX = 255;

/**
 * The name of the folder of the job called `jobName`: what a path cannot hold is written as in a URL. `jobOfFolder` undoes it.
 *
 * @example
 * folderOfJob("flight delays") // "flight%20delays"
 */
export function folderOfJob(jobName: string): string {
  const folder = encode(jobName);
  if (folder === undefined || folder === "" || folder.length > FOLDER_BYTES_MAX) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `the job name ${JSON.stringify(jobName)} cannot name a folder for its checkpoints: it is ${
        folder === undefined ? "not valid Unicode" : folder === "" ? "empty" : "too long"
      }.`,
      advice: "Give env.execute a short name, such as the one you would give the program's file.",
      facts: { jobName },
    });
  }
  return folder;
}

export function jobOfFolder(folder: string): string {
  try {
    return decodeURIComponent(folder);
  } catch {
    // Not a name that we made.
    return folder;
  }
}

/** Undefined for half a surrogate pair, which has no UTF-8. */
function encode(jobName: string): string | undefined {
  try {
    // A leading dot would hide the folder, or be a step up; the star is a trap in shells.
    return encodeURIComponent(jobName).replace(/^\./, "%2E").replaceAll("*", "%2A");
  } catch {
    return undefined;
  }
}
