import type { Clock } from "../../src/core/clock.ts";
import type { SeededRandom } from "./random.ts";

/** A thread of a simulated process: of its job manager, or of one task manager. */
export type ThreadId = number;

/** Of the simulation itself. */
const NOBODY: ThreadId = 0;

interface Piece {
  readonly thread: ThreadId;
  readonly label: string;
  readonly run: () => void;
}

interface Alarm extends Piece {
  readonly atMs: number;
}

/**
 * What befalls a call to the disk. `half`: a part of the work is done; `after`: all of it, and the answer is an error; `twice`: the request
 * arrives a second time, as over a network that has lost the first answer, and what it meets then is the answer.
 */
export type DiskFault = "before" | "half" | "after" | "twice";

/** Messages that seldom come when they could. */
export type SlowLanes = "command" | "report" | "turn" | "wake" | undefined;

export interface WorldWeights {
  readonly lanes: number;
  readonly disk: number;
  readonly alarms: number;
  /** How gladly time goes on although there is something to do. */
  readonly time: number;
  readonly slow: SlowLanes;
}

/**
 * Everything that could happen next in one simulated process, and the seed's choice among it:
 *
 *     lanes    messages and turns: in order within a lane, in any order between lanes
 *     disk     calls that the disk has not done yet, or whose answer is under way: in any order
 *     alarms   of each thread in the order of their times, once the clock is there
 *     time     the clock goes on, at most to the next alarm
 */
export class World implements Clock {
  readonly random: SeededRandom;
  readonly weights: WorldWeights;
  /** Which fault befalls the call at hand, if any. */
  diskFault: (label: string) => DiskFault | undefined = () => undefined;
  #nowMs: number;
  #lanes = new Map<string, Piece[]>();
  #disk: Piece[] = [];
  #alarms: Alarm[] = [];
  #hash = 0x811c9dc5;
  readonly #dead = new Set<ThreadId>();
  readonly #stalledUntilMs = new Map<ThreadId, number>();
  #lastThread: ThreadId = NOBODY;
  #currentThread: ThreadId = NOBODY;
  #hasEnded = false;
  #wasIdle = false;
  /** For people who look at one seed. */
  trace: ((line: string) => void) | undefined;

  constructor(random: SeededRandom, startMs: number, weights: WorldWeights) {
    this.random = random;
    this.#nowMs = startMs;
    this.weights = weights;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Somebody sets the machine's clock forward. Set back, a process sees nothing of it: its own clock goes on. */
  setForward(byMs: number): void {
    this.#moveClock(this.#nowMs + byMs);
    this.note(`clock set forward by ${byMs}`);
  }

  /** For so long these threads do nothing and know nothing of it; what they have asked of the disk is done all the same. */
  stall(threads: readonly ThreadId[], forMs: number): void {
    for (const thread of threads) this.#stalledUntilMs.set(thread, this.#nowMs + forMs);
    this.note(`${threads.join(", ")} stand still for ${forMs}`);
  }

  /** Nobody stands still any more. */
  endStalls(): void {
    this.#stalledUntilMs.clear();
  }

  get traceHash(): number {
    return this.#hash >>> 0;
  }

  setAlarm(atMs: number, wake: () => void): () => void {
    const alarm: Alarm = { atMs, thread: this.#currentThread, label: "alarm", run: wake };
    const later = this.#alarms.findIndex((other) => other.atMs > atMs);
    this.#alarms.splice(later === -1 ? this.#alarms.length : later, 0, alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  get currentThread(): ThreadId {
    return this.#currentThread;
  }

  /** Whether at the last step nothing was left to do but to wait for the clock, for nobody who stands still. */
  get wasIdle(): boolean {
    return this.#wasIdle;
  }

  newThread(): ThreadId {
    this.#lastThread += 1;
    return this.#lastThread;
  }

  /**
   * From here on `thread` acts, until another one does. Whoever calls this lets all promises settle before the next one acts, and threads
   * share none: so what goes on behind an `await` is the doing of the thread that went on last.
   */
  onThread<R>(thread: ThreadId, run: () => R): R {
    this.#currentThread = thread;
    return run();
  }

  schedule(lane: string, thread: ThreadId, label: string, run: () => void): void {
    if (this.#dead.has(thread)) return;
    const queue = this.#lanes.get(lane);
    const piece = { thread, label: `${lane} ${label}`, run };
    if (queue === undefined) this.#lanes.set(lane, [piece]);
    else queue.push(piece);
  }

  /** What the disk is asked to do; `work` is the effect, done at once when the seed says so, whole or (for `half`) in part. */
  onDisk<R>(label: string, work: (half: boolean) => R, failure: () => Error): Promise<R> {
    if (this.#hasEnded) return Promise.resolve().then(() => work(false));
    const thread = this.#currentThread;
    return new Promise<R>((resolve, reject) => {
      const run = (): void => {
        const fault = this.diskFault(label);
        let answer: () => void;
        try {
          if (fault === "before") answer = () => reject(failure());
          else {
            if (fault === "twice") work(false);
            const result = work(fault === "half");
            const isGood = fault === undefined || fault === "twice";
            answer = isGood ? () => resolve(result) : () => reject(failure());
          }
        } catch (error) {
          answer = () => reject(error);
        }
        if (this.#dead.has(thread)) return;
        if (this.random.chance(0.7) && !this.isStalled(thread)) answer();
        else this.#disk.push({ thread, label: `answer ${label}`, run: answer });
      };
      if (!this.#dead.has(thread)) this.#disk.push({ thread, label: `disk ${label}`, run });
    });
  }

  /** Nothing of the thread happens any more. What it has asked of the disk may still be done. */
  kill(thread: ThreadId): void {
    this.#dead.add(thread);
    this.#stalledUntilMs.delete(thread);
    for (const [lane, queue] of this.#lanes) {
      const left = queue.filter((piece) => piece.thread !== thread);
      if (left.length === 0) this.#lanes.delete(lane);
      else this.#lanes.set(lane, left);
    }
    this.#alarms = this.#alarms.filter((alarm) => alarm.thread !== thread);
    const asked = this.#disk.filter((piece) => piece.thread === thread && piece.label.startsWith("disk"));
    this.#disk = this.#disk.filter((piece) => piece.thread !== thread);
    for (const piece of asked) if (this.random.chance(0.5)) piece.run();
  }

  /** The process has ended by itself; what it still has to do at its exit is done at once. */
  end(): void {
    this.#hasEnded = true;
  }

  /** All processes die. */
  killAll(): void {
    for (let thread = NOBODY + 1; thread <= this.#lastThread; thread++) if (!this.#dead.has(thread)) this.kill(thread);
  }

  /**
   * Lets the seed choose what happens next, and lets it happen. `calm`: time goes on only when there is nothing else to do.
   *
   * @returns false where nothing is left that could happen.
   */
  step(calm: boolean): boolean {
    const lanes = this.#runnableLanes();
    const disk = this.#runnableDisk();
    const due = this.#dueAlarms();
    const nextMs = this.#nextMs();
    const options: { readonly weight: number; readonly run: () => void }[] = [];
    if (lanes.length > 0) options.push({ weight: this.weights.lanes, run: () => this.#runLane(this.#pickLane(lanes)) });
    if (disk.length > 0) options.push({ weight: this.weights.disk, run: () => this.#runDisk(disk) });
    if (due.length > 0) options.push({ weight: this.weights.alarms, run: () => this.#ring(this.random.pick(due)) });
    this.#wasIdle = options.length === 0 && this.#stalledUntilMs.size === 0;
    if (nextMs !== undefined && (!calm || options.length === 0)) {
      const weight = options.length === 0 ? 1 : this.weights.time;
      options.push({ weight, run: () => this.#goOn(nextMs) });
    }
    if (options.length === 0) return false;
    let left = this.random.next() * options.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = options.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    (chosen ?? options.at(-1)!).run();
    return true;
  }

  note(line: string): void {
    for (let index = 0; index < line.length; index++)
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193);
    this.trace?.(`${this.#nowMs} ${line}`);
  }

  #run({ thread, label, run }: Piece): void {
    this.note(`[${thread}] ${label}`);
    this.onThread(thread, run);
  }

  #runLane(lane: string): void {
    const queue = this.#lanes.get(lane)!;
    const piece = queue.shift()!;
    if (queue.length === 0) this.#lanes.delete(lane);
    this.#run(piece);
  }

  #runDisk(runnable: readonly Piece[]): void {
    const piece = this.random.pick(runnable);
    this.#disk.splice(this.#disk.indexOf(piece), 1);
    this.#run(piece);
  }

  #runnableLanes(): string[] {
    if (this.#stalledUntilMs.size === 0) return [...this.#lanes.keys()];
    return [...this.#lanes].filter(([, [piece]]) => !this.isStalled(piece!.thread)).map(([lane]) => lane);
  }

  #pickLane(lanes: readonly string[]): string {
    const picked = this.random.pick(lanes);
    const { slow } = this.weights;
    const isLate = slow !== undefined && picked.startsWith(slow) && this.random.chance(0.9);
    return isLate ? this.random.pick(lanes) : picked;
  }

  #runnableDisk(): readonly Piece[] {
    if (this.#stalledUntilMs.size === 0) return this.#disk;
    return this.#disk.filter(({ thread, label }) => label.startsWith("disk") || !this.isStalled(thread));
  }

  /** The first alarm of each thread, if it is time. */
  #dueAlarms(): Alarm[] {
    const first = new Map<ThreadId, Alarm>();
    for (const alarm of this.#alarms) {
      if (alarm.atMs > this.#nowMs) break;
      if (!first.has(alarm.thread) && !this.isStalled(alarm.thread)) first.set(alarm.thread, alarm);
    }
    return [...first.values()];
  }

  /** When anything happens next that waits for the clock. */
  #nextMs(): number | undefined {
    const alarm = this.#alarms.find(({ atMs, thread }) => atMs > this.#nowMs && !this.isStalled(thread));
    const ends = [...this.#stalledUntilMs.values()];
    const nextMs = Math.min(alarm?.atMs ?? Number.POSITIVE_INFINITY, ...ends);
    return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs;
  }

  isStalled(thread: ThreadId): boolean {
    return this.#stalledUntilMs.has(thread);
  }

  #ring(alarm: Alarm): void {
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
    this.#run(alarm);
  }

  #goOn(nextMs: number): void {
    const whole = this.random.chance(0.7);
    this.#moveClock(whole ? nextMs : this.random.between(this.#nowMs + 1, nextMs));
    this.note("time");
  }

  #moveClock(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const [thread, untilMs] of this.#stalledUntilMs) {
      if (untilMs <= nowMs) this.#stalledUntilMs.delete(thread);
    }
  }
}
