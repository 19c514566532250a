/** A process whose jobs are asked about over REST. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Started, startNode } from "../../started-process.ts";

/** What `npm run test:services` has installed. */
export const SCHEMATHESIS: string = given("MILLRACE_TEST_SCHEMATHESIS");
export const FLINK: string = given("MILLRACE_TEST_FLINK");

export class ServedJobs {
  /** Where the process runs: what it is asked to write somewhere ends up there. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "millrace-rest-"));
  url!: string;
  jobs!: readonly string[];
  readonly #process: Started;

  static async start(): Promise<ServedJobs> {
    const served = new ServedJobs();
    await served.#told();
    return served;
  }

  private constructor() {
    const program = fileURLToPath(new URL("./served.program.mjs", import.meta.url));
    this.#process = startNode([program, this.folder], { cwd: this.folder, stdin: "pipe" });
  }

  get port(): string {
    return new URL(this.url).port;
  }

  async statusOf(jobId: string): Promise<string> {
    const response = await fetch(`${this.url}/jobs/${jobId}/status`);
    return ((await response.json()) as { readonly status: string }).status;
  }

  /** Whether the process is still there, and answers. */
  async answers(): Promise<boolean> {
    return this.#process.process.exitCode === null && (await fetch(`${this.url}/overview`)).ok;
  }

  async stop(): Promise<void> {
    this.#process.process.stdin!.end();
    await this.#process.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** It prints one line when its jobs run. */
  async #told(): Promise<void> {
    const line = await new Promise<string>((resolve, reject) => {
      let text = "";
      this.#process.process.stdout!.on("data", (more: string) => {
        text += more;
        if (text.includes("\n")) resolve(text);
      });
      void this.#process.ended.then(({ stderr }) => reject(new Error(`the program ended:\n${stderr}`)));
    });
    const { url, jobs } = JSON.parse(line);
    this.url = url;
    this.jobs = jobs;
  }
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start these tests by npm run test:services.`);
  return value;
}
