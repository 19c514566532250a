import { copyValue } from "../../codec/value-codec.ts";
import { MillraceError } from "../../core/errors.ts";
import { InvariantError } from "../../core/invariant.ts";
import { type KeyGroupRange, keyHash, murmurInt, sameKey } from "../../core/key-group.ts";

/** V8 gives shorter substrings characters of their own; a longer one keeps the whole string alive that it was cut from. */
const OWN_STRING_MAX = 12;

/**
 * The current key, with what every state needs of it. `serial` grows with each change of key, so that a state knows by one
 * comparison whether the slot it has looked up is still that of the current key.
 */
export class KeyContext {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  readonly groupCount: number;
  serial = 0;
  isSet = false;
  key: unknown = undefined;
  /** The key's murmur hash. Its remainder is the key group, so tables must spread keys by other bits of it. */
  hash = 0;
  /** The key group, counted from the first one of this subtask. */
  group = 0;
  /** Whether the key is a number that typed tables can hold. */
  isInteger = false;
  #owned: unknown = undefined;
  #ownedSerial = -1;

  constructor(keyGroups: KeyGroupRange, maxParallelism: number) {
    this.keyGroups = keyGroups;
    this.maxParallelism = maxParallelism;
    this.groupCount = keyGroups.end - keyGroups.start + 1;
  }

  /** @throws {MillraceError} `NULL_KEY`, `INVALID_KEY`. */
  set(key: unknown): void {
    if (this.isSet && this.#isCurrent(key)) return;
    const hash = murmurInt(keyHash(key));
    const group = (hash % this.maxParallelism) - this.keyGroups.start;
    if (group < 0 || group >= this.groupCount) throw this.#outOfRange(key, group + this.keyGroups.start);
    this.isSet = true;
    this.serial++;
    this.key = key;
    this.hash = hash;
    this.group = group;
    this.isInteger = Number.isSafeInteger(key);
    if (typeof key === "object") this.owned();
  }

  /** As before the first key. */
  clear(): void {
    this.isSet = false;
    this.serial++;
    this.key = undefined;
    this.#owned = undefined;
  }

  /** @throws {MillraceError} `STATE_OUTSIDE_KEY` before the first key. */
  require(): void {
    if (this.isSet) return;
    throw new MillraceError("STATE_OUTSIDE_KEY", {
      message: "keyed state was used while no key is current.",
      advice: "Use keyed state and timers only while a record or a timer of a keyed stream is processed.",
    });
  }

  /** The current key as it may be kept: nobody else can change it, and it keeps nothing else alive. */
  owned(): unknown {
    if (this.#ownedSerial !== this.serial) {
      this.#owned = ownCopy(this.key);
      this.#ownedSerial = this.serial;
    }
    return this.#owned;
  }

  /** An object is compared with the copy of the current key: its owner may have changed the original since. */
  #isCurrent(key: unknown): boolean {
    if (typeof key !== "object") return key === this.key;
    return typeof this.key === "object" && sameKey(key, this.#owned);
  }

  #outOfRange(key: unknown, keyGroup: number): InvariantError {
    const { start, end } = this.keyGroups;
    return new InvariantError("a key belongs to a key group of this subtask", { key, keyGroup, start, end });
  }
}

function ownCopy(key: unknown): unknown {
  if (typeof key === "string") return key.length <= OWN_STRING_MAX ? key : flatCopy(key);
  return copyValue(key);
}

function flatCopy(text: string): string {
  const encoding = NOT_LATIN1.test(text) ? "utf16le" : "latin1";
  return Buffer.from(text, encoding).toString(encoding);
}

const NOT_LATIN1 = /[\u0100-\uffff]/;
