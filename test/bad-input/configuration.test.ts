import { rmSync } from "node:fs";
import { FsStateBackend, MemoryStateBackend } from "millrace";
import { describe, expect, it } from "vitest";
import { environment, failureOf, lines, observeJobs, warnings } from "./observed-jobs.ts";

observeJobs();

describe("a setting that cannot be", () => {
  const refusals: readonly (readonly [name: string, act: () => unknown, says: string])[] = [
    [
      "an interval of 5 ms",
      () => environment().enableCheckpointing(5),
      "CHECKPOINT_INTERVAL: the checkpoint interval is 5 ms.\n  Use a whole number of milliseconds, at least 10.",
    ],
    [
      "an interval of half a millisecond",
      () => environment().enableCheckpointing(10.5),
      "CHECKPOINT_INTERVAL: the checkpoint interval is 10.5 ms.\n  Use a whole number of milliseconds, at least 10.",
    ],
    [
      "no retained checkpoint",
      () => environment().getCheckpointConfig().setMaxRetainedCheckpoints(0),
      "CONFIG_INVALID: the number of retained checkpoints is 0.\n  Use a whole number from 1.",
    ],
    [
      "memory for no state",
      () => new MemoryStateBackend(0),
      "CONFIG_INVALID: the largest state that memory storage takes is 0 bytes.\n  Use a whole number of bytes from 1; without one it is 5 MiB.",
    ],
    [
      "a folder without a name",
      () => new FsStateBackend(" "),
      'CONFIG_INVALID: the folder of checkpoints has no name.\n  Name a folder, such as "file:///var/lib/flights".',
    ],
    [
      "checkpoints in files, but no directory",
      () => {
        const env = environment({ "execution.checkpointing.storage": "filesystem" });
        env.fromSequence(1, 2).collect();
        return env.execute("nowhere");
      },
      'CONFIG_INVALID: checkpoint storage is filesystem, but no directory is set.\n  Set execution.checkpointing.dir, or use setCheckpointStorage("file:///...").',
    ],
    [
      "a relative path in a URI",
      () => {
        const env = environment().enableCheckpointing(10).setStateBackend(new FsStateBackend("file:checkpoints"));
        env.fromSequence(1, 2).collect();
        return env.execute("nowhere");
      },
      'CONFIG_INVALID: "file:checkpoints" does not name an absolute path of this machine.\n  Write three slashes and the absolute path, as in file:///var/lib/job, or the plain path without file:.',
    ],
    [
      "a host in a file's URI",
      () => {
        const env = environment()
          .enableCheckpointing(10)
          .setStateBackend(new FsStateBackend("file://checkpoints/here"));
        env.fromSequence(1, 2).collect();
        return env.execute("nowhere");
      },
      'CONFIG_INVALID: "file://checkpoints/here" does not name an absolute path of this machine.\n  Write three slashes and the absolute path, as in file:///var/lib/job, or the plain path without file:.',
    ],
  ];
  for (const [name, act, says] of refusals) {
    it(`is refused before anything runs: ${name}`, async () => {
      const failure = await failureOf(act);

      expect(failure.message).toBe(says);
      expect(lines).toEqual([]);
    });
  }

  it("is refused with those that can be: a file system that is not known", async () => {
    const env = environment()
      .enableCheckpointing(10)
      .setStateBackend(new FsStateBackend("gopher://bucket/checkpoints"));
    env.fromSequence(1, 2).collect();

    const failure = await failureOf(env.execute("nowhere"));

    expect(failure.message).toMatch(
      /^FILESYSTEM_UNKNOWN: "gopher:\/\/bucket\/checkpoints" names a file system "gopher:" that is not known\.\n {2}Known are file:, memory:.*\. Use one of them, or register it with registerFileSystem\("gopher", \.\.\.\)\.$/,
    );
  });

  it("is refused with its key: a value that is none", async () => {
    const failure = await failureOf(() => environment({ "execution.checkpointing.interval": "soon" }));

    expect(failure.code).toMatch(/^(CONFIG_INVALID|DURATION_INVALID)$/);
    expect(failure.message).toContain("execution.checkpointing.interval");
    expect(failure.message).toContain("soon");
  });

  it("is passed over with the nearest one that is known: a key with a slip", async () => {
    const env = environment({ "execution.checkpointing.intervall": "1 s" });
    env.fromSequence(1, 2).collect();

    await env.execute("slip");

    expect(warnings()).toEqual([
      expect.stringMatching(/"?execution\.checkpointing\.intervall"?.*"?execution\.checkpointing\.interval"?/),
    ]);
  });

  it("is none: a plain relative path names a folder below the working directory", async () => {
    const env = environment()
      .enableCheckpointing(10)
      .setStateBackend(new FsStateBackend("millrace-relative-checkpoints"));
    env.fromSequence(1, 2).collect();
    try {
      const result = await env.execute("relative");

      expect(result.restarts).toBe(0);
      expect(lines[0]).toBe(
        `checkpoints in file://${process.cwd()}/millrace-relative-checkpoints/relative; they survive the process`,
      );
    } finally {
      rmSync("millrace-relative-checkpoints", { recursive: true, force: true });
    }
  });
});
