import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../core/clock.ts";
import { FILE, refusal, type StubAnswer, StubNameNode } from "./stub-name-node.ts";
import { WebHdfs } from "./web-hdfs.ts";

/** Time passes only by waiting for it, and then at once. */
class EagerClock implements Clock {
  ms = 0;

  nowMs(): number {
    return this.ms;
  }

  setAlarm(atMs: number, wake: () => void): () => void {
    this.ms = Math.max(this.ms, atMs);
    queueMicrotask(wake);
    return () => {};
  }
}

const stubs: StubNameNode[] = [];
afterEach(async () => {
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()));
});

async function nameNode(answer: (operation: string, count: number) => StubAnswer): Promise<StubNameNode> {
  const stub = await StubNameNode.start(answer);
  stubs.push(stub);
  return stub;
}

describe("WebHDFS", () => {
  it("asks again while the NameNode is starting or standing by", async () => {
    const said = [refusal("SafeModeException"), refusal("StandbyException"), refusal("RetriableException")];
    const stub = await nameNode((_, count) => said[count - 1] ?? FILE);
    const hdfs = new WebHdfs(stub.authority, "me", new EagerClock());

    expect((await hdfs.status("/a")).length).toBe(3);
    expect(stub.asked).toHaveLength(4);
  });

  it("goes on with the NameNode that leads", async () => {
    const standby = await nameNode(() => refusal("StandbyException"));
    const active = await nameNode(() => FILE);
    const hdfs = new WebHdfs(`${standby.authority},${active.authority}`, "me", new EagerClock());

    await hdfs.status("/a");
    await hdfs.status("/b");

    expect(standby.asked).toHaveLength(1);
    expect(active.asked).toHaveLength(2);
  });

  it("gives up after a while, with what was said last", async () => {
    const stub = await nameNode(() => refusal("StandbyException"));
    const clock = new EagerClock();

    await expect(new WebHdfs(stub.authority, "me", clock).status("/a")).rejects.toMatchObject({
      exception: "StandbyException",
    });

    expect(clock.ms).toBeLessThanOrEqual(15_000);
    expect(stub.asked.length).toBeGreaterThan(5);
  });

  it("gives up a host on which nothing listens", async () => {
    const clock = new EagerClock();

    await expect(new WebHdfs("127.0.0.1:1", "me", clock).status("/a")).rejects.toMatchObject({ code: "ECONNREFUSED" });

    expect(clock.ms).toBeGreaterThan(5_000);
    expect(clock.ms).toBeLessThanOrEqual(15_000);
  });

  it("asks again after a broken connection, but not for a name that may have been given", async () => {
    const stub = await nameNode((_, count) => (count === 1 ? undefined : FILE));
    const hdfs = new WebHdfs(stub.authority, "me", new EagerClock());
    await hdfs.status("/a");
    expect(stub.asked).toEqual(["GETFILESTATUS", "GETFILESTATUS"]);

    const breaking = await nameNode(() => undefined);
    const broken = new WebHdfs(breaking.authority, "me", new EagerClock());
    await expect(broken.rename("/a", "/b", { overwrite: true })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(breaking.asked).toEqual(["RENAME"]);
  });

  it("does not ask again what was refused for good", async () => {
    const stub = await nameNode(() => refusal("AccessControlException"));

    await expect(new WebHdfs(stub.authority, "me", new EagerClock()).remove("/a")).rejects.toMatchObject({
      exception: "AccessControlException",
    });

    expect(stub.asked).toHaveLength(1);
  });
});
