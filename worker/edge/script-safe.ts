/** JSON that stays data wherever it is pasted: no tag can open, no line separator ends a statement. */
export function scriptSafe(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
