import { fileError } from "./file-error.ts";
import type { FileStatus, FileSystem, FileWriter, ResumableWriter, ResumePoint } from "./file-system.ts";

/** The calls that can be made to fail: the file system's own, and those of its writers. */
export type FileCall =
  | keyof Omit<FileSystem, "scheme">
  | "append"
  | "publish"
  | "persist"
  | "closeForPublish"
  | "abort";

/** What goes wrong with one call. `after`: the work was done, and still the call fails, as when the answer is lost. */
export interface Fault {
  readonly systemCode: string;
  readonly when: "before" | "after";
}

/** Says which fault, if any, befalls the call that is number `index` (from 0) of all calls. */
export type FaultPlan = (call: FileCall, path: string, index: number) => Fault | undefined;

/** Another file system with faults of choice, for tests of what happens when the disk is full, slow to answer or gone. */
export class FaultyFileSystem implements FileSystem {
  readonly scheme: string;
  /** What was called so far, in order, failed or not. */
  readonly calls: { readonly call: FileCall; readonly path: string }[] = [];
  readonly #inner: FileSystem;
  /** May be replaced at any time; counts go on. */
  plan: FaultPlan;

  constructor(inner: FileSystem, plan: FaultPlan = () => undefined) {
    this.scheme = inner.scheme;
    this.#inner = inner;
    this.plan = plan;
  }

  read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return this.#run("read", path, () => this.#inner.read(path, range));
  }

  create(path: string): Promise<FileWriter> {
    return this.#run("create", path, async () => {
      const writer = await this.#inner.create(path);
      return {
        append: (bytes) => this.#run("append", path, () => writer.append(bytes)),
        publish: () => this.#run("publish", path, () => writer.publish()),
        abort: () => this.#run("abort", path, () => writer.abort()).catch(() => {}),
      };
    });
  }

  createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.#run("createExclusive", path, () => this.#inner.createExclusive(path, bytes));
  }

  openResumable(target: string): Promise<ResumableWriter> {
    return this.#run("openResumable", target, async () => this.#wrap(target, await this.#inner.openResumable(target)));
  }

  resume(point: ResumePoint): Promise<ResumableWriter> {
    return this.#run("resume", point.target, async () => this.#wrap(point.target, await this.#inner.resume(point)));
  }

  publishResumable(point: ResumePoint): Promise<void> {
    return this.#run("publishResumable", point.target, () => this.#inner.publishResumable(point));
  }

  stat(path: string): Promise<FileStatus | undefined> {
    return this.#run("stat", path, () => this.#inner.stat(path));
  }

  list(folder: string): Promise<FileStatus[]> {
    return this.#run("list", folder, () => this.#inner.list(folder));
  }

  listTemporary(folder: string): Promise<FileStatus[]> {
    return this.#run("listTemporary", folder, () => this.#inner.listTemporary(folder));
  }

  makeFolder(path: string): Promise<void> {
    return this.#run("makeFolder", path, () => this.#inner.makeFolder(path));
  }

  remove(path: string): Promise<void> {
    return this.#run("remove", path, () => this.#inner.remove(path));
  }

  #wrap(path: string, writer: ResumableWriter): ResumableWriter {
    return {
      get length() {
        return writer.length;
      },
      append: (bytes) => this.#run("append", path, () => writer.append(bytes)),
      persist: () => this.#run("persist", path, () => writer.persist()),
      closeForPublish: () => this.#run("closeForPublish", path, () => writer.closeForPublish()),
      abort: () => this.#run("abort", path, () => writer.abort()).catch(() => {}),
    };
  }

  async #run<T>(call: FileCall, path: string, work: () => Promise<T>): Promise<T> {
    const fault = this.plan(call, path, this.calls.length);
    this.calls.push({ call, path });
    if (fault?.when === "before") throw faultOf(fault, call, path);
    const result = await work();
    if (fault?.when === "after") throw faultOf(fault, call, path);
    return result;
  }
}

/** A plan by which only call number `index` fails. */
export function failOnce(index: number, fault: Fault = DISK_FULL): FaultPlan {
  return (_call, _path, at) => (at === index ? fault : undefined);
}

/** A plan by which every call from number `index` on fails: to the disk, the process has died. */
export function failFrom(index: number, fault: Fault = DISK_FULL): FaultPlan {
  return (_call, _path, at) => (at >= index ? fault : undefined);
}

export const DISK_FULL: Fault = { systemCode: "ENOSPC", when: "before" };

function faultOf(fault: Fault, call: FileCall, path: string): Error {
  const cause = Object.assign(new Error(`${fault.systemCode}: simulated`), { code: fault.systemCode });
  return fileError(call, path, cause);
}
