/** Where text for people goes; a subset of `process.stderr`. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * The last line of a terminal, rewritten in place. Whole lines printed through it appear above it; what others print is to be announced
 * with `makeWay`, which takes it off the screen until it is shown again.
 */
export class StatusLine {
  readonly #terminal: Terminal;
  #shown = false;
  #atLineStart = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    // Somebody else's unfinished line would be lost.
    if (!this.#atLineStart) return;
    // A line that wraps could not be rewritten.
    const columns = this.#terminal.columns ?? 80;
    const fitting = text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
    this.#terminal.write(`${ERASE}${fitting}`);
    this.#shown = true;
  }

  printAbove(line: string): void {
    this.clear();
    this.#terminal.write(`${line}\n`);
  }

  /** Somebody else is about to write `text` on the same screen. */
  makeWay(text: string | Uint8Array): void {
    this.clear();
    if (text.length > 0) this.#atLineStart = text.at(-1) === (typeof text === "string" ? "\n" : LINE_FEED);
  }

  clear(): void {
    if (!this.#shown) return;
    this.#terminal.write(ERASE);
    this.#shown = false;
  }
}

/** To the first column, and everything after it away. */
const ERASE = "\r\x1b[2K";
const LINE_FEED = 10;
