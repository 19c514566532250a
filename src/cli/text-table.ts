/** Rows below headings, in columns; figures are easier to compare when they end in one column, so those of `right` do. */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]!.length)));
  return [headings, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          right.has(headings[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
