const MARK = new TextEncoder().encode('data-selvedge');
const TAG_START = 0x3c;

/**
 * The page in the same bytes, with what stands before its first marked element as a chunk of its own: a rewriter gives on a chunk when it is done with it, so the page's head would
 * wait for the decision too, where the origin sends both at once.
 */
export function headFirst(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let isFound = false;
  const divide = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const mark = isFound ? -1 : indexOfMark(chunk);
      const start = mark < 0 ? 0 : chunk.lastIndexOf(TAG_START, mark);
      isFound ||= mark >= 0;
      if (start > 0) controller.enqueue(chunk.subarray(0, start));
      controller.enqueue(start > 0 ? chunk.subarray(start) : chunk);
    },
  });
  return body.pipeThrough(divide);
}

/** -1: it is not there. One that is divided between two chunks is not found, and costs nothing but the time. */
function indexOfMark(chunk: Uint8Array): number {
  const first = MARK[0] as number;
  for (let at = chunk.indexOf(first); at >= 0; at = chunk.indexOf(first, at + 1)) {
    if (MARK.every((byte, i) => chunk[at + i] === byte)) return at;
  }
  return -1;
}
