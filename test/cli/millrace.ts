/** The built command, as a process of its own, in a project folder of its own. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, type Started, startNode } from "../started-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");

/** A folder in which `import "millrace"` finds this repository. */
export class Project {
  readonly folder: string;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "millrace-cli-")));
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(ROOT, join(this.folder, "node_modules/millrace"));
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
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
