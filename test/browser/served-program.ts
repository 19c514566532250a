import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode } from "../started-process.ts";

/** A program in a process of its own, whose jobs the dashboard shows. */
export interface ServedProgram {
  /** "http://127.0.0.1:34567/". */
  readonly url: string;
  /** For what it writes. */
  readonly folder: string;
  job(name: string): Promise<string>;
  /** What it has printed, once it has ended. */
  end(): Promise<string>;
}

const ADDRESS = /REST API and dashboard: (http:\S+)/;

/** @param program - A file, from the root of the repository. */
export async function serveProgram(
  program: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServedProgram> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-browser-"));
  const started = startNode(["dist/cli/main.js", "run", program, "-D", "rest.enabled=true", "-D", "rest.port=0"], {
    env: { JOB_FOLDER: folder, FLIGHTS_FOLDER: folder, ...environment },
  });
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    const look = (text: string): void => {
      printed += text;
      const found = ADDRESS.exec(printed);
      if (found !== null) resolve(found[1]!.replace(/\/?$/, "/"));
    };
    started.process.stdout!.on("data", look);
    started.process.stderr!.on("data", look);
    void started.ended.then(() => reject(new Error(`${program} has ended before it could be looked at:\n${printed}`)));
  });
  return {
    url,
    folder,
    async job(name) {
      const { jobs } = (await (await fetch(`${url}jobs/overview`)).json()) as { jobs: { jid: string; name: string }[] };
      const found = jobs.find((job) => job.name === name);
      if (found === undefined) throw new Error(`no job "${name}", only ${jobs.map((job) => job.name).join(", ")}`);
      return found.jid;
    },
    async end() {
      started.process.kill("SIGKILL");
      await started.ended;
      rmSync(folder, { recursive: true, force: true });
      return printed;
    },
  };
}
