/** Light or dark: what the reader chose here, and otherwise what the browser says. */
export type Theme = "light" | "dark";

const KEY = "millrace-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function theme(): Theme {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

export function setTheme(next: Theme): void {
  localStorage.setItem(KEY, next);
  apply();
}

/** Charts draw with the theme's colours, and have to be told. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function followTheme(): void {
  dark.addEventListener("change", apply);
  apply();
}

function apply(): void {
  document.documentElement.dataset["theme"] = theme();
  for (const listener of listeners) listener();
}
