const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** 16 random base32 digits: names one request in logs, problems and proposition ids. */
export function createRequestId(randomBytes: (count: number) => Uint8Array): string {
  let id = '';
  for (const byte of randomBytes(16)) id += DIGITS[byte & 31];
  return id;
}
