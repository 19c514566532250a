import { MillraceError } from "../../core/errors.ts";
import type { SplitOutput } from "../source.ts";
import { type ByteStream, openBytes } from "./byte-stream.ts";
import type { FileSplit } from "./file-split.ts";
import { MalformedText, NO_RECORD, type RecordDecoder, type RecordFormat } from "./record-format.ts";

/** Chunks that are read but not parsed yet. Two hide a local disk, four a slower one. */
const READ_AHEAD_CHUNKS = 4;

/** A longer record is a mistake, most often a quote that is never closed; it would fill the memory. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

const NO_BYTES = Buffer.alloc(0);

/**
 * Why `emit` stopped: it has emitted what it may; the next record is not all there yet; everything in a followed file has been
 * emitted; the split is done; or the next record is malformed.
 */
export type EmitStop = "full" | "starved" | "caught-up" | "ended" | "malformed";

export interface MalformedRecordInSplit {
  readonly reason: string;
  /** The record's text, and the character of it at which the mistake shows. */
  readonly raw: string;
  readonly offset: number;
  /** Lines between `openOffset` and the record. */
  readonly linesBefore: number;
}

/**
 * Goes through one split, record by record, over chunks of bytes that are read ahead:
 *
 *     readChunk ──▶ addChunk ──▶ [ record|record|rec ] ──▶ emit
 *                                        ^ position
 *
 * The position is exact after every record.
 */
export class SplitCursor<T> {
  readonly splitId: string;
  /** Where in the file reading started; the lines before it are not counted. */
  readonly openOffset: number;
  readonly #split: FileSplit;
  readonly #decoder: RecordDecoder<T>;
  readonly #followed: boolean;
  readonly #end: number;
  #stream: ByteStream | undefined;
  readonly #chunks: Buffer[] = [];
  #sawEnd = false;
  #bytes: Buffer = NO_BYTES;
  /** Where `#bytes` starts in the file. */
  #base: number;
  /** Where the next record starts in `#bytes`. */
  #at = 0;
  /** Whether the first record that starts in the split has been found. */
  #aligned: boolean;
  #lines = 0;
  #malformed: { readonly error: MalformedText; readonly from: number; readonly to: number } | undefined;

  /** `followed`: the file grows, and its last line counts once its line feed is there. */
  constructor(split: FileSplit, format: RecordFormat<T>, followed: boolean) {
    this.splitId = split.splitId;
    this.#split = split;
    this.#decoder = format.createDecoder(split.header);
    this.#followed = followed;
    this.#end = split.end ?? Number.POSITIVE_INFINITY;
    this.#aligned = split.position > split.start || split.start === 0;
    // Whether a record starts exactly at `start` shows in the byte before.
    this.openOffset = this.#aligned ? split.position : split.start - 1;
    this.#base = this.openOffset;
  }

  /** The split such that reading it gives exactly the records that are not emitted yet. */
  snapshot(): FileSplit {
    const { splitId, uri, start, end } = this.#split;
    const position = this.#aligned ? this.#base + this.#at : start;
    const { header } = this.#decoder;
    return { splitId, uri, start, end, position, ...(header === undefined ? {} : { header }) };
  }

  get uri(): string {
    return this.#split.uri;
  }

  get wantsChunk(): boolean {
    if (this.#sawEnd) return false;
    if (this.#chunks.length === 0) return true;
    const readUntil = this.#chunks.reduce((sum, chunk) => sum + chunk.length, this.#base + this.#bytes.length);
    return this.#chunks.length < READ_AHEAD_CHUNKS && readUntil < this.#end;
  }

  /** Reads on, beside the stream. One call at a time; `addChunk` takes what it resolves to. */
  readChunk(): Promise<Buffer | undefined> {
    this.#stream ??= openBytes(this.#split.uri, this.openOffset);
    return this.#stream.next();
  }

  addChunk(chunk: Buffer | undefined): void {
    if (chunk === undefined) this.#sawEnd = true;
    else this.#chunks.push(chunk);
  }

  /** A followed file may have grown since its end was seen. */
  lookAgain(): void {
    this.#sawEnd = false;
  }

  /** Emits at most `recordsMax` records. */
  emit(output: SplitOutput<T>, recordsMax: number): EmitStop {
    const decoder = this.#decoder;
    for (let left = recordsMax; left > 0; ) {
      if (!this.#aligned && !this.#align()) {
        if (this.#takeChunk()) continue;
        return this.#sawEnd ? "ended" : "starved";
      }
      const from = this.#base + this.#at === 0 ? afterByteOrderMark(this.#bytes) : this.#at;
      if (this.#base + this.#at >= this.#end) return "ended";
      let to = from < this.#bytes.length ? decoder.endOf(this.#bytes, from) : -1;
      if (to === -1) {
        if (this.#takeChunk()) continue;
        if (!this.#sawEnd) return "starved";
        if (this.#followed) return "caught-up";
        if (from === this.#bytes.length) return "ended";
        to = this.#bytes.length;
      }
      let value: T | typeof NO_RECORD;
      try {
        value = decoder.decode(this.#bytes, from, to);
      } catch (error) {
        if (!(error instanceof MalformedText)) throw error;
        this.#malformed = { error, from, to };
        return "malformed";
      }
      this.#pass(from, to);
      if (value === NO_RECORD) continue;
      output.collect(value);
      left--;
    }
    return "full";
  }

  /** The record that `emit` stopped at. */
  malformed(): MalformedRecordInSplit {
    const { error, from, to } = this.#malformed!;
    const raw = this.#bytes.toString("utf8", from, to).replace(/\r?\n$/, "");
    return { reason: error.message, raw, offset: error.offset, linesBefore: this.#lines };
  }

  skipMalformed(): void {
    const { from, to } = this.#malformed!;
    this.#malformed = undefined;
    this.#pass(from, to);
  }

  close(): void {
    this.#stream?.close();
  }

  #pass(from: number, to: number): void {
    this.#lines += this.#decoder.linesIn(this.#bytes, from, to);
    this.#at = to;
  }

  #align(): boolean {
    const lineFeed = this.#bytes.indexOf(0x0a);
    if (lineFeed === -1) return false;
    this.#at = lineFeed + 1;
    this.#lines = 1;
    this.#aligned = true;
    return true;
  }

  /** Puts the next chunk behind what is left of the bytes. @returns false where there is none. */
  #takeChunk(): boolean {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return false;
    const left = this.#bytes.length - this.#at;
    if (left > RECORD_BYTES_MAX) throw this.#tooLong();
    this.#base += this.#at;
    this.#bytes = left === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
    return true;
  }

  #tooLong(): MillraceError {
    const at = this.#base + this.#at;
    return new MillraceError("MALFORMED_RECORD", {
      message: `the record at byte ${at} of ${this.#split.uri} is longer than ${RECORD_BYTES_MAX} bytes.`,
      advice: "Check that the file has one record per line and, in csv, that every quote is closed.",
      facts: { uri: this.#split.uri, offset: at },
    });
  }
}

function afterByteOrderMark(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
