/** Names that are data and not part of the shape: ids, and what stands below these fields. */
const DATA_BELOW =
  /(^|\.)(user-config|accumulator-results|serialized-user-task-accumulators|failureLabels|applications\[\]\.jobs)$/;
const ID = /^[0-9a-f]{32}$/;

/**
 * Every path of a JSON value with the types that are found there: `{"jobs[].id": "string"}`. Elements of an array are taken together, so
 * are the values of what is keyed by an id; `a | b` where there are several types.
 */
export function shapeOf(value) {
  const types = new Map();
  add(types, "", value);
  return Object.fromEntries([...types].map(([path, found]) => [path, [...found].sort().join(" | ")]));
}

function add(types, path, value) {
  const known = types.get(path) ?? new Set();
  types.set(path, known.add(typeOf(value)));
  if (Array.isArray(value)) {
    for (const element of value) add(types, `${path}[]`, element);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      const shown = ID.test(name) || DATA_BELOW.test(path) ? "*" : name;
      add(types, path === "" ? shown : `${path}.${shown}`, part);
    }
  }
}

function typeOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
