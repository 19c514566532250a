import type { SettingsDraft } from "../settings-draft.ts";
import type { ConfigValue } from "./config-values.ts";
import { KNOWN_KEYS, type KnownKey, UNSUPPORTED_PREFIXES } from "./known-keys.ts";
import { nearestKey } from "./nearest-key.ts";

/**
 * Takes configuration into the draft. Where a key is given in two spellings, the newer one wins.
 *
 * @returns what the user should know: keys that nobody knows, with the nearest that somebody does, and keys without effect.
 * @throws {ConfigError} `CONFIG_INVALID` for a value that cannot be what its key means.
 */
export function applyConfiguration(
  draft: SettingsDraft,
  configuration: Readonly<Record<string, ConfigValue>>,
): readonly string[] {
  const warnings: string[] = [];
  for (const [spelling, value] of Object.entries(configuration)) {
    const known = BY_SPELLING.get(spelling);
    if (known === undefined) warnings.push(warningOfUnknown(spelling));
    else if (!isOutranked(known, spelling, configuration)) {
      const warning = known.apply(draft, value, spelling);
      if (warning !== undefined) warnings.push(warning);
    }
  }
  return warnings;
}

const BY_SPELLING: ReadonlyMap<string, KnownKey> = new Map(
  KNOWN_KEYS.flatMap((known) => [known.key, ...known.olderSpellings].map((spelling) => [spelling, known] as const)),
);

function isOutranked(known: KnownKey, spelling: string, configuration: Readonly<Record<string, unknown>>): boolean {
  const spellings = [known.key, ...known.olderSpellings];
  return spellings.slice(0, spellings.indexOf(spelling)).some((newer) => Object.hasOwn(configuration, newer));
}

function warningOfUnknown(key: string): string {
  if (UNSUPPORTED_PREFIXES.some((prefix) => key.startsWith(prefix))) {
    return `${shown(key)} is not supported yet and has no effect.`;
  }
  const nearest = nearestKey(key, BY_SPELLING.keys());
  return `${shown(key)} is not a known configuration key and has no effect.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`;
}

/** A key that a terminal would not show as it is, or do something with, is quoted. */
function shown(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : JSON.stringify(key).replace(/[\u007f-\u009f]/g, escaped);
}

/** JSON leaves these control characters as they are. */
function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}
