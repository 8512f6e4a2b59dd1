const FORM = /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?)$/;
const MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000];

/**
 * ISO 8601 duration of an exact length → ms: weeks alone, or days, hours, minutes and seconds (`P2W`, `P1DT12H`, `PT30M`). Null for years and
 * months, which have no length of their own, for fractions, for nothing at all and for anything else.
 */
export function parseDuration(text: string): number | null {
  const found = FORM.exec(text);
  if (!found) return null;
  const ms = MS.reduce((sum, each, i) => sum + each * Number(found[i + 1] ?? 0), 0);
  return ms > 0 ? ms : null;
}
