/** Puts the figures of a comparison into the performance page, between its two markers. `node bench/flink/page.mjs` does it for the stored ones. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { judge } from "./bars.mjs";

const PAGE = new URL("../../docs/performance.md", import.meta.url);
const RESULTS = new URL("../results/flink.json", import.meta.url);
const BEGIN = "<!-- figures: bench/flink/page.mjs -->";
const END = "<!-- end of figures -->";

/** The figures of `record` (`bench/results/flink.json`) as Markdown. */
export function figuresOf(record) {
  const { commit, date, machine, node, flink, runs, rows, probes } = record;
  const conditions = `${date.slice(0, 10)}, commit ${commit}; ${machine}; Node ${node}, Flink ${flink}; medians of ${runs} runs, and of the ratios their spread.`;
  return [conditions, queriesTable(rows), ...probeTables(probes), ...missed(record)].join("\n\n");
}

function missed(record) {
  const bars = judge(record);
  const open = bars.filter(({ met }) => !met);
  if (open.length === 0) return [`All ${bars.length} bars are met.`];
  return [
    `${bars.length - open.length} of ${bars.length} bars are met (\`bench/flink/bars.mjs\`); those that are not:`,
    tableOf(
      ["what", "figure", "asked"],
      open.map(({ about, figure, asked }) => [about, figure, asked]),
    ),
  ];
}

function queriesTable(rows) {
  const head = [
    "query, parallelism, state",
    "M events/s",
    "CPU us/event",
    "peak RSS MB",
    "first result s",
    "faster by",
    "less CPU by",
    "bar",
    "met",
  ];
  return tableOf(
    head,
    rows.map(({ label, millrace, flink, throughputRatio, cpuRatio, bar, passes }) => {
      const pair = (figure) => `${millrace[figure].median} / ${flink[figure].median}`;
      const ratio = ({ median, min, max }) => `**${median}** (${min} to ${max})`;
      const figures = ["M events/s", "CPU us/event", "peak RSS MB", "first result s"].map(pair);
      return [label, ...figures, ratio(throughputRatio), ratio(cpuRatio), bar, passes ? "yes" : "**no**"];
    }),
  );
}

/** A table per kind of probe: those with the same figures. */
function probeTables(probes) {
  const kinds = new Map();
  for (const probe of probes) {
    const key = Object.keys(probe.millrace).join();
    kinds.set(key, [...(kinds.get(key) ?? []), probe]);
  }
  return [...kinds.values()].map((kind) => {
    const names = Object.keys(kind[0].millrace);
    return tableOf(
      ["Millrace / Flink", ...names],
      kind.map(({ label, millrace, flink }) => [
        label,
        ...names.map((name) => `${millrace[name]} / ${flink[name] ?? "-"}`),
      ]),
    );
  });
}

function tableOf(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Replaces what is between the markers. */
export function updatePage(record) {
  const text = readFileSync(PAGE, "utf8");
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  writeFileSync(PAGE, `${before}\n\n${figuresOf(record)}\n\n${after}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) updatePage(JSON.parse(readFileSync(RESULTS, "utf8")));
