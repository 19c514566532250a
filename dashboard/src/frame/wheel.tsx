/** The mill wheel; it turns by a blade each time the job has been heard of. */
export function Wheel({ turns }: { turns: number }) {
  return (
    <svg class="wheel" viewBox="0 0 32 32" aria-hidden="true" style={{ transform: `rotate(${turns * 45}deg)` }}>
      <g fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round">
        <circle cx="16" cy="16" r="7" />
        <path d="M16 2.8v6.2M16 23v6.2M2.8 16H9M23 16h6.2M6.7 6.7l4.4 4.4M20.9 20.9l4.4 4.4M6.7 25.3l4.4-4.4M20.9 11.1l4.4-4.4" />
      </g>
      <circle cx="16" cy="16" r="2" fill="currentColor" />
    </svg>
  );
}
