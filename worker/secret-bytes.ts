/** A secret of 32 bytes in base64. Throws with its name when it is missing or malformed. */
export function secretBytes(base64: string | undefined, name: string): Uint8Array {
  const bytes = base64 ? Uint8Array.from(atob(base64), (digit) => digit.charCodeAt(0)) : new Uint8Array(0);
  if (bytes.length !== 32) throw new Error(`secret ${name} must be 32 bytes in base64`);
  return bytes;
}
