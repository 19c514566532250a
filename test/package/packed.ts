/** The package as npm would publish it: packed, unpacked again, and put where a user's project would have it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Packed {
  /** Paths in the package. */
  readonly files: readonly string[];
  readonly tarball: Buffer;
  readonly tarballBytes: number;
  /** A user's project that has installed it. */
  readonly project: string;
  remove(): void;
}

export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
  const npm = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder];
  const [report] = JSON.parse(execFileSync("npm", npm, { cwd: ROOT, encoding: "utf8" })) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  const tarball = join(folder, report.filename);
  return {
    files: report.files.map(({ path }) => path),
    tarball: readFileSync(tarball),
    tarballBytes: statSync(tarball).size,
    project: install(tarball, join(folder, "project")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What `npm install` would do, without a registry. */
function install(tarball: string, project: string): string {
  const installed = join(project, "node_modules/millrace");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@types"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  return project;
}
