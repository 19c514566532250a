/** How long the text may get, and how many causes there are: one may lead back to itself. */
const STACK_CHARS_MAX = 20_000;
const CAUSES_MAX = 16;

/** The stacks of an error and of its causes, the error's own first. */
export function stacksOf(error: Error): readonly string[] {
  const stacks: string[] = [];
  for (let each: unknown = error; each instanceof Error && stacks.length < CAUSES_MAX; each = each.cause) {
    stacks.push(each.stack ?? `${each.name}: ${each.message}`);
  }
  return stacks;
}

/** All of them in one text, as people know it from Java. */
export function stackText(stacks: readonly string[]): string {
  return stacks.join("\nCaused by: ").slice(0, STACK_CHARS_MAX);
}
