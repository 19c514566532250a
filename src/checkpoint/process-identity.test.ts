import process from "node:process";
import { describe, expect, it } from "vitest";
import { systemProcesses } from "./process-identity.ts";

describe("processes of this machine", () => {
  const { self } = systemProcesses;

  it("know this one, and that it is alive", () => {
    expect(self.pid).toBe(process.pid);
    expect(systemProcesses.isAlive({ ...self })).toBe(true);
  });

  it("tell a number that is used again from the process that had it", () => {
    expect(systemProcesses.isAlive({ ...self, started: "before:1" })).toBe(false);
  });

  it("count one whose start is not known as alive while its number is used", () => {
    expect(systemProcesses.isAlive({ ...self, started: undefined })).toBe(true);
  });

  it("see that a number is not used", () => {
    // Numbers of processes end at 2^22.
    expect(systemProcesses.isAlive({ ...self, pid: 2 ** 22 + 1 })).toBe(false);
  });

  it("cannot see into another container, although it has the same host name", () => {
    const elsewhere = { ...self, pid: 2 ** 22 + 1, pidNamespace: "pid:[1]" };

    expect(systemProcesses.isAlive(elsewhere)).toBe(self.pidNamespace !== undefined);
  });

  it("cannot see into another machine, and let its processes live", () => {
    expect(systemProcesses.isAlive({ pid: 1, host: `not-${self.host}`, started: "x:1" })).toBe(true);
  });
});
