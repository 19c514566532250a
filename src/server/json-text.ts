/** JSON of an answer. A bigint becomes a number of as many digits, for Flink's `Long.MAX_VALUE` is none that JavaScript can hold. */
export function jsonText(value: unknown): string {
  let hasBigint = false;
  const text = JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== "bigint") return part;
    hasBigint = true;
    return `bigint ${part}`;
  });
  return hasBigint ? text.replaceAll(/"bigint (-?\d+)"/g, "$1") : text;
}
