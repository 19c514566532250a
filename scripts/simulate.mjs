/**
 * Bundles the simulator, since Node 20 reads no TypeScript, and runs it:
 *
 *     npm run simulate -- --seeds 500               see test/simulation/main.ts
 *     npm run simulate -- --seed 8412 --commit C    with the source and the simulator of another commit
 *     npm run simulate -- --seeds 20 --nodes 20,24  with those versions of Node, and whether they go the same way
 *     npm run simulate -- --mutations [--only N]    with each defect of test/simulation/mutations, or the N found soonest
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFECTS } from "../test/simulation/mutations/defects.mjs";
import { bundle } from "./bundle.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Within so many seeds each defect must be found. */
const SEEDS_PER_DEFECT = 2_000;

const folder = mkdtempSync(join(tmpdir(), "millrace-simulate-"));
try {
  const args = process.argv.slice(2);
  if (args.includes("--mutations")) process.exitCode = await runMutations(args);
  else if (args.includes("--commit")) process.exitCode = runCommit(optionOf(args, "--commit"), args);
  else if (args.includes("--nodes")) process.exitCode = await runOnNodes(args);
  else process.exitCode = run(await bundleSimulator("simulate"), args).status;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function optionOf(args, option) {
  const at = args.indexOf(option);
  return at === -1 ? undefined : args[at + 1];
}

/** In a working tree of its own, by the script that is there. */
function runCommit(commit, args) {
  const tree = join(folder, "tree");
  const git = (...words) => spawnSync("git", words, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
  if (git("worktree", "add", "--quiet", "--detach", tree, commit) !== 0) return 1;
  try {
    symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
    const at = args.indexOf("--commit");
    const others = args.filter((_, index) => index !== at && index !== at + 1);
    return (
      spawnSync(process.execPath, [join(tree, "scripts/simulate.mjs"), ...others], { stdio: "inherit" }).status ?? 1
    );
  } finally {
    git("worktree", "remove", "--force", tree);
  }
}

/** Versions are taken from the npm package `node`. */
async function runOnNodes(args) {
  const at = args.indexOf("--nodes");
  const others = args.filter((_, index) => index !== at && index !== at + 1);
  const outfile = await bundleSimulator("simulate");
  const traces = args[at + 1].split(",").map((version) => {
    const words = ["--yes", `node@${version}`, "--enable-source-maps", outfile, ...others];
    const { status, stdout } = spawnSync("npx", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const trace = status === 0 ? /, trace ([0-9a-f]+);/.exec(stdout)?.[1] : undefined;
    console.log(`Node ${version}: ${trace === undefined ? `failed\n${stdout}` : `trace ${trace}`}`);
    return trace;
  });
  const areSame = traces[0] !== undefined && traces.every((trace) => trace === traces[0]);
  console.log(areSame ? "All go the same way." : "They do not go the same way.");
  return areSame ? 0 : 1;
}

async function runMutations(args) {
  const seeds = optionOf(args, "--seeds") ?? SEEDS_PER_DEFECT;
  const skip = Number(optionOf(args, "--skip") ?? 0);
  const only = Number(optionOf(args, "--only") ?? DEFECTS.length);
  const defects = [...DEFECTS].sort((a, b) => seedOf(a) - seedOf(b)).slice(skip, skip + only);
  const missed = [];
  for (const [index, defect] of defects.entries()) {
    const outfile = await bundleSimulator(`defect-${index}`, [withDefect(defect)]);
    const { status, stdout, stderr } = run(outfile, ["--seeds", String(seeds), "--no-shrink"], "pipe");
    const found = /^seed (\d+) failed.*$/m.exec(stdout);
    if (status === 0 || found === null) missed.push(defect.name);
    console.log(`${found === null ? "MISSED" : "found "} ${defect.name}`);
    console.log(`         ${found === null ? stderr.slice(-500) : found[0].slice(0, 200)}`);
    rmSync(outfile);
  }
  for (const name of missed) console.log(`✗ not found within ${seeds} seeds: ${name}`);
  console.log(`${defects.length - missed.length} passed, ${missed.length} failed`);
  return missed.length === 0 ? 0 : 1;
}

function seedOf({ foundBy = Number.MAX_SAFE_INTEGER }) {
  return foundBy;
}

/** Changes the source while it is being bundled; the files stay as they are. */
function withDefect({ name, file, find, replace }) {
  const path = join(ROOT, file);
  return {
    name,
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, (loaded) => {
        if (loaded.path !== path) return undefined;
        const parts = readFileSync(path, "utf8").split(find);
        if (parts.length !== 2) throw new Error(`"${name}": ${file} has its text ${parts.length - 1} times, not once`);
        return { contents: parts.join(replace), loader: "ts" };
      });
    },
  };
}

async function bundleSimulator(name, plugins) {
  const outfile = join(folder, `${name}.mjs`);
  await bundle("test/simulation/main.ts", outfile, plugins);
  return outfile;
}

function run(outfile, args, stdio = "inherit") {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...args], {
    stdio,
    encoding: "utf8",
  });
  return { status: status ?? 1, stdout: stdout ?? "", stderr: stderr ?? "" };
}
