/** The built command, as a process of its own, in a project folder of its own. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, type Started, startNode } from "../started-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");

/** How long a test waits for what does come: for a hang only, as long as a machine may be busy with other things. */
export const PATIENCE = { timeout: 120_000, interval: 20 } as const;

/** A folder in which `import "millrace"` finds this repository. */
export class Project {
  readonly folder: string;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "millrace-cli-")));
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(ROOT, join(this.folder, "node_modules/millrace"));
  }

  /** At once, so that whoever watches the file never sees a part of it. */
  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  /** `millrace ...args`, until it has ended. */
  millrace(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  start(...args: string[]): Started {
    const started = startNode([MAIN, ...args], { cwd: this.folder });
    const { process: child } = started;
    this.#running.add(child);
    child.on("exit", () => this.#running.delete(child));
    return started;
  }

  /** With whatever a failed test has left running. */
  remove(): void {
    for (const child of this.#running) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
