import { describe, expect, it } from "vitest";
import { StatusLine } from "./status-line.ts";

describe("the status line", () => {
  it("is rewritten in place", () => {
    const { statusLine, written } = onTerminal();

    statusLine.show("one");
    statusLine.show("two");

    expect(written.join("")).toBe(`${ERASE}one${ERASE}two`);
  });

  it("moves below lines that are printed", () => {
    const { statusLine, written } = onTerminal();

    statusLine.show("status");
    statusLine.printAbove("a line");

    expect(written.join("")).toBe(`${ERASE}status${ERASE}a line\n`);
  });

  it("is cut to the width of the terminal", () => {
    const { statusLine, written } = onTerminal(10);

    statusLine.show("0123456789");

    expect(written.join("")).toBe(`${ERASE}01234567…`);
  });

  it("makes way for output of the program, and waits for the end of its line", () => {
    const { statusLine, written } = onTerminal();

    statusLine.show("status");
    statusLine.makeWay("a question? ");
    statusLine.show("in the way");
    statusLine.makeWay(new TextEncoder().encode("answer\n"));
    statusLine.show("back");

    expect(written.join("")).toBe(`${ERASE}status${ERASE}${ERASE}back`);
  });
});

const ERASE = "\r\x1b[2K";

function onTerminal(columns = 80) {
  const written: string[] = [];
  const terminal = { isTTY: true, columns, write: (text: string) => written.push(text) };
  return { statusLine: new StatusLine(terminal), written };
}
