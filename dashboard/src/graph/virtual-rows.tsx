import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface VirtualRowsProps<T> {
  readonly label: string;
  /** By name: what stands above each. */
  readonly columns: readonly (readonly [name: string, heading: ComponentChildren])[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  /** The cells of a row, as many as there are columns. */
  readonly cells: (row: T) => readonly ComponentChildren[];
}

const ROW_HEIGHT = 32;
const SHOWN_MAX = 12;
/** Rows above and below what is seen, so that scrolling shows no gap. */
const SPARE = 6;

/** A table of which only the rows in sight are in the page. */
export function VirtualRows<T>({ label, columns, rows, rowKey, cells }: VirtualRowsProps<T>) {
  const [top, setTop] = useState(0);
  const first = Math.min(Math.max(0, Math.floor(top / ROW_HEIGHT) - SPARE), Math.max(0, rows.length - SHOWN_MAX));
  const shown = rows.slice(first, first + SHOWN_MAX + 2 * SPARE);
  const below = rows.length - first - shown.length;
  return (
    <section
      class="virtual"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
      tabIndex={0}
      style={{ maxHeight: `${(SHOWN_MAX + 1) * ROW_HEIGHT}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map(([name, heading]) => (
              <th key={name} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {shown.map((row, index) => (
            <tr key={rowKey(row)} aria-rowindex={first + index + 2} style={{ height: `${ROW_HEIGHT}px` }}>
              {cells(row).map((cell, column) => (
                <td key={columns[column]![0]}>{cell}</td>
              ))}
            </tr>
          ))}
          <Gap rows={below} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for rows out of sight, as high as they would be. */
function Gap({ rows }: { rows: number }) {
  return rows === 0 ? null : <tr class="gap" style={{ height: `${rows * ROW_HEIGHT}px` }} />;
}
