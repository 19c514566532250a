import { isTemporary } from "../../src/filesystem/temporary-name.ts";
import { expectedLines, recordsAt, spansOf } from "./model.ts";
import { OUTPUT_FOLDER } from "./program.ts";
import type { Scenario, SimRecord, Stage } from "./scenario.ts";
import type { SimulatedStorage } from "./simulated-storage.ts";

interface CommittedFile {
  readonly path: string;
  readonly lines: readonly string[];
}

/** What the committed output of a job must be, at any time, and once it is done. */
export class OutputLaws {
  readonly #scenario: Scenario;
  readonly #expected: readonly string[];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#expected = expectedLines(scenario);
  }

  /** @returns the law that is broken, if any. `done`: nothing may be missing any more. */
  broken(storage: SimulatedStorage, done: boolean): string | undefined {
    const files = committedFiles(storage);
    const late = this.#scenario.stages.at(-1);
    if (late?.kind !== "late") return this.#brokenLines(files, done);
    const isOfWindows = ({ path }: CommittedFile): boolean => isIn("out", path) || isIn("late", path);
    return (
      this.#brokenLines(
        files.filter((file) => !isOfWindows(file)),
        done,
      ) ?? this.#brokenWindows(files.filter(isOfWindows), late, done)
    );
  }

  /** What is visible must be in the model's output, and in the end be all of it. */
  #brokenLines(files: readonly CommittedFile[], done: boolean): string | undefined {
    const left = new Map<string, number>();
    for (const line of this.#expected) left.set(line, (left.get(line) ?? 0) + 1);
    const lines = files.flatMap((file) => file.lines).sort();
    for (const line of lines) {
      const count = left.get(line) ?? 0;
      if (count === 0) {
        const why = this.#expected.includes(line) ? "it had been" : "the model has no such record";
        return `${line} was committed though ${why}, in ${placesOf(line, files)}`;
      }
      left.set(line, count - 1);
    }
    const missing = [...left].find(([, count]) => count > 0);
    if (!done || missing === undefined) return undefined;
    return `${missing[0]} was never committed; ${lines.length} of ${this.#expected.length} were`;
  }

  /**
   * Each record is late, or in what its windows put out. A window that fires again has what it had before, and more; unless it was gone in
   * between, since a restart begins with an earlier watermark: then it has nothing of that.
   */
  #brokenWindows(
    files: readonly CommittedFile[],
    late: Extract<Stage, { kind: "late" }>,
    done: boolean,
  ): string | undefined {
    const records = new Map(recordsAt(this.#scenario, this.#scenario.stages.length - 1).map((one) => [one.id, one]));
    const parsed = (folder: string): SimRecord[] =>
      files
        .filter(({ path }) => isIn(folder, path))
        .flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as SimRecord));
    const seen = new Set<string>();
    for (const { id } of parsed("late")) {
      if (!records.has(id)) return `${id} was committed as late though the model has no such record`;
      if (seen.has(id)) return `${id} was committed as late twice`;
      seen.add(id);
    }
    const lateIds = new Set(seen);
    const kept = new Map<string, Set<string>[]>();
    for (const { id, key } of parsed("out").sort((a, b) => b.value - a.value)) {
      const slash = id.indexOf("/");
      const start = Number(id.slice(0, slash));
      const ids = id.slice(slash + 1).split(",");
      const window = `${key}/${start}`;
      for (const one of ids) {
        const record = records.get(one);
        const isInside = record !== undefined && spansOf(record.at, late).some((span) => span.start === start);
        if (!isInside || record.key !== key) return `window ${window} has put out ${one}, which is none of its records`;
        if (lateIds.has(one)) return `${one} was put out by window ${window} and as late`;
        seen.add(one);
      }
      if (new Set(ids).size < ids.length) return `window ${window} has put out a record twice at once: ${ids.join()}`;
      const larger = kept.get(window) ?? [];
      const holding = larger.find((other) => other.has(ids[0]!));
      if (holding === undefined) {
        const other = larger.find((set) => ids.some((one) => set.has(one)));
        if (other !== undefined) return `window ${window} has put out ${ids.join()}, and not all of it later on`;
        kept.set(window, [...larger, new Set(ids)]);
      } else if (holding.size === ids.length || !ids.every((one) => holding.has(one))) {
        return `window ${window} has put out ${ids.join()} beside ${[...holding].join()}`;
      }
    }
    const missing = [...records.keys()].find((id) => !seen.has(id));
    return done && missing !== undefined ? `${missing} was neither late nor in any window` : undefined;
  }
}

function isIn(folder: string, path: string): boolean {
  return path.startsWith(`${OUTPUT_FOLDER}/${folder}/`);
}

function committedFiles(storage: SimulatedStorage): CommittedFile[] {
  return storage
    .filesBelow(OUTPUT_FOLDER)
    .filter(({ path }) => !isTemporary(path))
    .map(({ path, text }) => ({ path, lines: text.split("\n").filter((line) => line !== "") }));
}

function placesOf(line: string, files: readonly CommittedFile[]): string {
  return files
    .filter(({ lines }) => lines.includes(line))
    .map(({ path }) => path)
    .join(", ");
}
