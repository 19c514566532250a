import { isOptional, type Schema } from "../codec/schema.ts";

/** A type as TypeScript would write it, for code that a person is to copy. */
export function typeText(schema: Schema): string {
  switch (schema.type) {
    case "any":
      return "unknown";
    case "date":
      return "Date";
    case "bytes":
      return "Uint8Array";
    case "typed-array":
      return "ArrayBufferView";
    case "array":
      return `${inBrackets(schema.items)}[]`;
    case "set":
      return `Set<${typeText(schema.items)}>`;
    case "map":
      return `Map<${typeText(schema.keys)}, ${typeText(schema.values)}>`;
    case "object": {
      const fields = Object.entries(schema.fields).map(
        ([name, type]) => `${fieldName(name)}${isOptional(schema, name) ? "?" : ""}: ${typeText(type)}`,
      );
      return fields.length === 0 ? "object" : `{ ${fields.join("; ")} }`;
    }
    case "union":
      return schema.of.length === 0 ? "never" : schema.of.map(inBrackets).join(" | ");
    default:
      return schema.type;
  }
}

function inBrackets(schema: Schema): string {
  const text = typeText(schema);
  return schema.type === "union" && schema.of.length > 1 ? `(${text})` : text;
}

function fieldName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
