import { describe, expect, it } from "vitest";
import { remoteException } from "./remote-exception.ts";

describe("an answer that is not a success", () => {
  it("is the Java exception in it, without the stack trace", () => {
    const body = { RemoteException: { exception: "StandbyException", message: "not active\n\tat org.apache..." } };

    const error = remoteException(403, JSON.stringify(body));

    expect(error).toMatchObject({ exception: "StandbyException", status: 403, message: "not active" });
  });

  it.each(["<html>Bad gateway</html>", "", "{}", "null"])(
    "is what it says where it is not from WebHDFS: %j",
    (body) => {
      const error = remoteException(502, body);

      expect(error).toMatchObject({ exception: "", status: 502 });
      expect(error.message).toContain(`HTTP 502: ${body}`.trim());
    },
  );
});
