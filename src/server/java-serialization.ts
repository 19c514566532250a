/**
 * The little of Java's serialization stream that Flink's clients want to find in answers. The stream of such an object is the same every
 * time but for a few strings and numbers, so that it can be written without Java.
 */
import { type TUnsafe, Type } from "@sinclair/typebox";

/** An error as Flink's clients read it. */
export interface FailureCause {
  readonly class: string;
  readonly "stack-trace": string;
  /** Without it the command line takes the answer for a broken one, and asks again for a minute. */
  readonly "serialized-throwable": string;
}

export const FailureCauseSchema: TUnsafe<FailureCause> = Type.Unsafe(
  Type.Object({ class: Type.String(), "stack-trace": Type.String(), "serialized-throwable": Type.String() }),
);

/** An `org.apache.flink.util.SerializedThrowable`: the command line prints `Caused by: <name>: <message>`. */
export function failureCause(name: string, message: string, stackTrace: string): FailureCause {
  const bytes = Buffer.concat([
    THROWABLE_TO_MESSAGE,
    javaString(message),
    MESSAGE_TO_STACK,
    javaString(stackTrace),
    javaString(name),
    NULL,
  ]);
  return { class: name, "stack-trace": stackTrace, "serialized-throwable": bytes.toString("base64") };
}

/** A `java.lang.Long` in the `OptionalFailure` that Flink has accumulators in. */
export function serializedCount(count: number): string {
  const value = Buffer.alloc(8);
  value.writeBigInt64BE(BigInt(Math.trunc(count)));
  return Buffer.concat([OPTIONAL_LONG, value, END_BLOCK]).toString("base64");
}

/** A string as an object of the stream: its length in bytes, and its text in modified UTF-8. */
export function javaString(text: string): Buffer {
  const bytes = modifiedUtf8(text);
  if (bytes.length <= 0xffff) {
    const head = Buffer.alloc(3);
    head[0] = TC_STRING;
    head.writeUInt16BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  }
  const head = Buffer.alloc(9);
  head[0] = TC_LONGSTRING;
  head.writeBigUInt64BE(BigInt(bytes.length), 1);
  return Buffer.concat([head, bytes]);
}

const TC_STRING = 0x74;
const TC_LONGSTRING = 0x7c;

/** Like UTF-8, but NUL takes two bytes, and each half of a surrogate pair three of its own. */
function modifiedUtf8(text: string): Buffer {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x01 && unit <= 0x7f) bytes.push(unit);
    else if (unit <= 0x7ff) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
}

const base64 = (...lines: readonly string[]): Buffer => Buffer.from(lines.join(""), "base64");

/** Magic, version, and the classes `SerializedThrowable`, `Exception` and `Throwable`; no cause. */
const THROWABLE_TO_MESSAGE = base64(
  "rO0ABXNyAClvcmcuYXBhY2hlLmZsaW5rLnV0aWwuU2VyaWFsaXplZFRocm93YWJsZWUWnfUfpxPzAgADTAAZZnVsbFN0cmluZ2lm",
  "aWVkU3RhY2tUcmFjZXQAEkxqYXZhL2xhbmcvU3RyaW5nO0wAFm9yaWdpbmFsRXJyb3JDbGFzc05hbWVxAH4AAVsAE3NlcmlhbGl6",
  "ZWRFeGNlcHRpb250AAJbQnhyABNqYXZhLmxhbmcuRXhjZXB0aW9u0P0fPho7HMQCAAB4cgATamF2YS5sYW5nLlRocm93YWJsZdXG",
  "NSc5d7jLAwAETAAFY2F1c2V0ABVMamF2YS9sYW5nL1Rocm93YWJsZTtMAA1kZXRhaWxNZXNzYWdlcQB+AAFbAApzdGFja1RyYWNl",
  "dAAeW0xqYXZhL2xhbmcvU3RhY2tUcmFjZUVsZW1lbnQ7TAAUc3VwcHJlc3NlZEV4Y2VwdGlvbnN0ABBMamF2YS91dGlsL0xpc3Q7",
  "eHBw",
);
/** An empty array of `StackTraceElement`, and no suppressed exceptions. */
const MESSAGE_TO_STACK = base64(
  "dXIAHltMamF2YS5sYW5nLlN0YWNrVHJhY2VFbGVtZW50OwJGKjw8/SI5AgAAeHAAAAAAc3IAH2phdmEudXRpbC5Db2xsZWN0aW9u",
  "cyRFbXB0eUxpc3R6uBe0PKee3gIAAHhweA==",
);
/** The original exception is not attached. */
const NULL = base64("cA==");

/** `OptionalFailure` without a failure, and the class `Long` up to its value. */
const OPTIONAL_LONG = base64(
  "rO0ABXNyACVvcmcuYXBhY2hlLmZsaW5rLnV0aWwuT3B0aW9uYWxGYWlsdXJlAAAAAAAAAAEDAAFMAAxmYWlsdXJlQ2F1c2V0ABVM",
  "amF2YS9sYW5nL1Rocm93YWJsZTt4cHBzcgAOamF2YS5sYW5nLkxvbmc7i+SQzI8j3wIAAUoABXZhbHVleHIAEGphdmEubGFuZy5O",
  "dW1iZXKGrJUdC5TgiwIAAHhw",
);
const END_BLOCK = base64("eA==");
