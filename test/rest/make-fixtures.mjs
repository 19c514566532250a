/**
 * Makes `fixtures/flink-2.3.0.json` from recorded answers of a real Flink: `node test/rest/make-fixtures.mjs <folder with index.json>`.
 * Of each answer only the request, the status and the shape are kept: every path with the types that were found there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shapeOf } from "./shape.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node test/rest/make-fixtures.mjs <folder with index.json>");
  process.exit(1);
}
const { flinkVersion, files } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
const shapes = [];
const numberOf = (shape) => {
  const text = JSON.stringify(shape);
  if (!shapes.includes(text)) shapes.push(text);
  return shapes.indexOf(text);
};
const answers = files.map(({ file, method, template, query, requestBody, status, contentType }) => {
  const text = readFileSync(join(folder, file), "utf8");
  return {
    file: file.replace(/\.(json|txt)$/, ""),
    method,
    path: template + (query ?? ""),
    ...(requestBody !== undefined && { body: requestBody }),
    status,
    type: contentType,
    ...(contentType.startsWith("application/json") && { shape: numberOf(shapeOf(JSON.parse(text))) }),
  };
});
const list = (lines) => `[\n${lines.map((line) => `    ${line}`).join(",\n")}\n  ]`;
const text = `{\n  "shapes": ${list(shapes)},\n  "answers": ${list(answers.map((answer) => JSON.stringify(answer)))}\n}\n`;
const target = fileURLToPath(new URL(`fixtures/flink-${flinkVersion}.json`, import.meta.url));
writeFileSync(target, text);
console.log(`${answers.length} answers in ${target}`);
