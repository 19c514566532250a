/** Longer values are folded. */
const LINE_MAX = 90;

export function jsonLine(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

/** A value as JSON: on a line where it fits, and otherwise to be unfolded. */
export function JsonText({ value }: { value: unknown }) {
  const line = jsonLine(value);
  if (line.length <= LINE_MAX) return <code class="json">{line}</code>;
  return (
    <details class="json">
      <summary>
        <code>{line.slice(0, LINE_MAX)}…</code>
      </summary>
      <pre>{JSON.stringify(value, undefined, 2)}</pre>
    </details>
  );
}
