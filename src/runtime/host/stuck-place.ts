import { Session } from "node:inspector";
import { findSourceMap } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Clock } from "../../core/clock.ts";
import { ENGINE_FOLDERS } from "../../core/package-root.ts";

import { WHEREABOUTS, type Whereabouts } from "../task/whereabouts.ts";

export interface StuckPlace {
  readonly whereabouts: Whereabouts | undefined;
  /** In the program: "file:line:column"; undefined where only Millrace's own code is running, or it cannot be told. */
  readonly line: string | undefined;
}

/** A thread that does not even stop for the debugger is in native code. */
const ANSWER_MS = 2_000;

const OWN_FOLDERS = ENGINE_FOLDERS.map((folder) => pathToFileURL(folder).href);

/** What is asked of a frame has its number from here on. */
const FIRST_FRAME = 10;

interface Frame {
  readonly callFrameId: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
}

interface InspectorMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly Frame[];
  };
  readonly result?: { readonly result?: { readonly value?: Whereabouts } };
}

/**
 * Where a worker thread is that does not come back to its loop: stops it by the debugger that Node has built in, which interrupts any
 * JavaScript, reads its stack, and asks the operators on it. Then the thread goes on.
 *
 * @param workerName - What the worker was called when it was made; nobody else is called so.
 * @returns undefined where it cannot be found out.
 */
export function stuckPlace(workerName: string, clock: Clock): Promise<StuckPlace | undefined> {
  return new Promise((resolve) => {
    const session = new Session();
    const end = (place: StuckPlace | undefined): void => {
      callOff();
      session.disconnect();
      resolve(place);
    };
    const callOff = clock.setAlarm(clock.nowMs() + ANSWER_MS, () => end(undefined));
    try {
      session.connect();
      session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
        if (workerInfo.title.endsWith(workerName)) interrogate(session, sessionId, end);
      });
      session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
    } catch {
      end(undefined);
    }
  });
}

function interrogate(session: Session, sessionId: string, end: (place: StuckPlace) => void): void {
  const urls = new Map<string, string>();
  let frames: readonly Frame[] = [];
  let place: StuckPlace | undefined;
  const send = (id: number, method: string, params: object = {}): void =>
    session.post("NodeWorker.sendMessageToWorker", { sessionId, message: JSON.stringify({ id, method, params }) });
  // The innermost operator is the one.
  const askFrame = (index: number): void =>
    send(FIRST_FRAME + index, "Debugger.evaluateOnCallFrame", {
      callFrameId: frames[index]!.callFrameId,
      expression: `this?.[Symbol.for(${JSON.stringify(WHEREABOUTS.description)})]?.()`,
      returnByValue: true,
    });
  session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
    if (params.sessionId !== sessionId) return;
    const message = JSON.parse(params.message) as InspectorMessage;
    if (message.method === "Debugger.scriptParsed") {
      urls.set(message.params!.scriptId!, message.params!.url ?? "");
    } else if (message.method === "Debugger.paused") {
      frames = message.params!.callFrames!;
      askFrame(0);
    } else if (message.id !== undefined && message.id >= FIRST_FRAME) {
      const whereabouts = message.result?.result?.value;
      const next = message.id - FIRST_FRAME + 1;
      if (whereabouts === undefined && next < frames.length) askFrame(next);
      else {
        place = { whereabouts, line: userLine(frames, urls) };
        // A thread that the debugger holds cannot be ended.
        send(3, "Debugger.resume");
      }
    } else if (message.method === "Debugger.resumed" && place !== undefined) {
      end(place);
    }
  });
  send(1, "Debugger.enable");
  send(2, "Debugger.pause");
}

function userLine(frames: readonly Frame[], urls: ReadonlyMap<string, string>): string | undefined {
  for (const { location } of frames) {
    const url = urls.get(location.scriptId) ?? "";
    if (!url.startsWith("file:") || url.includes("/node_modules/") || OWN_FOLDERS.some((own) => url.startsWith(own))) {
      continue;
    }
    const { lineNumber, columnNumber = 0 } = location;
    const original = findSourceMap(url)?.findEntry(lineNumber, columnNumber);
    if (original !== undefined && "originalSource" in original) {
      const { originalSource, originalLine, originalColumn } = original;
      return `${pathOf(originalSource)}:${originalLine + 1}:${originalColumn + 1}`;
    }
    return `${pathOf(url)}:${lineNumber + 1}:${columnNumber + 1}`;
  }
  return undefined;
}

function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
