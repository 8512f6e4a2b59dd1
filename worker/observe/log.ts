type LogValue = string | number | boolean | null | undefined;

/** One wide line per request, batch or alarm. Never identity values, attribute values, event data, cookies or keys. */
export function logLine(line: Readonly<Record<string, LogValue>>): void {
  console.log(JSON.stringify(line));
}
