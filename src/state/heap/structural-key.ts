/** Stands for a map key that is an array, a plain object or a date: equal ones share one of these, which a JS Map can compare. */
export class StructuralKey {
  readonly key: unknown;
  readonly text: string;

  constructor(key: unknown, text: string) {
    this.key = key;
    this.text = text;
  }
}

/** The same text for keys that `sameKey` calls the same, and for no others. */
export function structuralText(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  if (typeof key === "bigint") return `${key}n`;
  if (typeof key === "number") return String(key === 0 ? 0 : key);
  if (typeof key !== "object" || key === null) return String(key);
  if (Array.isArray(key)) return `[${key.map(structuralText).join()}]`;
  if (key instanceof Date) return `@${key.getTime()}`;
  const record = key as Record<string, unknown>;
  const fields = Object.keys(record)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${structuralText(record[name])}`);
  return `{${fields.join()}}`;
}
