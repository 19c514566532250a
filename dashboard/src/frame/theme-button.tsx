import { useEffect, useState } from "preact/hooks";
import { onTheme, setTheme, type Theme, theme } from "./theme.ts";

export function useTheme(): Theme {
  const [current, setCurrent] = useState(theme);
  useEffect(() => onTheme(() => setCurrent(theme())), []);
  return current;
}

export function ThemeButton() {
  const next = useTheme() === "dark" ? "light" : "dark";
  return (
    <button type="button" class="button" onClick={() => setTheme(next)} aria-label={`Switch to the ${next} theme`}>
      {next === "dark" ? "Dark" : "Light"}
    </button>
  );
}
