/** The lines of `chunks`, as many at a time as a chunk completes. A last line without a line feed counts too. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], undefined> {
  // The decoder keeps the first bytes of a character that goes on in the next chunk.
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of chunks) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split("\n");
    begun = lines.pop()!;
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  begun += decoder.decode();
  if (begun !== "") yield [withoutReturn(begun)];
  return undefined;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
