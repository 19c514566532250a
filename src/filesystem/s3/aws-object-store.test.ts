import { describe, expect, it } from "vitest";
import { failureOf } from "../file-system.contract.ts";
import { AwsObjectStore, clientConfiguration } from "./aws-object-store.ts";
import { S3FileSystem } from "./s3-file-system.ts";

/** Nothing listens on port 1 of this machine. */
const NOBODY = { endpoint: "http://127.0.0.1:1", accessKey: "key", secretKey: "secret" };

describe("the client of S3", () => {
  it("is made with what the settings say", () => {
    const settings = { ...NOBODY, region: "eu-1", pathStyleAccess: false };

    expect(clientConfiguration(settings, {})).toMatchObject({
      endpoint: NOBODY.endpoint,
      region: "eu-1",
      credentials: { accessKeyId: "key", secretAccessKey: "secret" },
      forcePathStyle: false,
    });
  });

  it("leaves to the SDK what they do not say", () => {
    const made = clientConfiguration({}, {});

    expect(made).not.toHaveProperty("endpoint");
    expect(made).not.toHaveProperty("region");
    expect(made).not.toHaveProperty("credentials");
    expect(made.forcePathStyle).toBe(false);
  });

  it.each([
    [{ AWS_ENDPOINT_URL_S3: "http://minio:9000" }, "us-east-1", true],
    [{ AWS_ENDPOINT_URL: "http://minio:9000", AWS_REGION: "here" }, undefined, true],
    [{ AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com" }, undefined, false],
  ])("takes %j for a store of one's own, or Amazon's", (environment, region, pathStyle) => {
    const made = clientConfiguration({}, environment);

    expect(made.region).toBe(region);
    expect(made.forcePathStyle).toBe(pathStyle);
  });

  it("says which package is missing, and how to get it", async () => {
    const store = new AwsObjectStore(NOBODY, () => Promise.reject(new Error("ERR_MODULE_NOT_FOUND")));

    const error = await failureOf(new S3FileSystem({}, { store }).read("/bucket/a"));

    expect(error.code).toBe("DEPENDENCY_MISSING");
    expect(error.advice).toContain("npm install @aws-sdk/client-s3");
  });

  it("gives up a store that cannot be reached, and says where it looked", async () => {
    const error = await failureOf(new S3FileSystem(NOBODY).read("/bucket/a"));

    expect(error.code).toBe("FILE_FAILED");
    expect(error.message).toContain("127.0.0.1:1");
    expect(error.advice).toContain("s3.endpoint");
  });
});
