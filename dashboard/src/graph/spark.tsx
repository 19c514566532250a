const WIDTH = 120;
const HEIGHT = 34;

/** The last values as a line, from zero up. */
export function Spark({ values }: { values: readonly number[] }) {
  if (values.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const most = Math.max(...values, 1e-9);
  const step = WIDTH / (values.length - 1);
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-area" d={`M${points.join("L")}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}z`} />
      <path class="spark-line" d={`M${points.join("L")}`} />
    </svg>
  );
}
