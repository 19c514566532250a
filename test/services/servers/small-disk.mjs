/** No server, but a disk of a few megabytes, which fills up: a file system in memory. */
import { spawnSync } from "node:child_process";

const SIZE = "64m";

export const smallDisk = {
  name: "small-disk",
  needs: [
    {
      command: "mount",
      args: ["--version"],
      hint: "It comes with util-linux, on Linux only.",
    },
  ],
  install: async () => undefined,
  start: async (_installed, folder) => {
    run("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "millrace-small-disk", folder);
    return { environment: { MILLRACE_TEST_SMALL_DISK: folder }, stop: async () => run("umount", folder) };
  },
};

function run(command, ...args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.trim()}\n  It takes root.`);
}
