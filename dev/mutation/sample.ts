/** Set by main.ts: `4:1` tries every fourth mutant, from the second on; the others count as errors, which no score counts. */
export const SAMPLE = 'SELVEDGE_MUTATION_SAMPLE';

export function isSampled(id: string): boolean {
  const [each = 1, first = 0] = (process.env[SAMPLE] ?? '').split(':').map(Number);
  return !(each > 1) || Number(id) % each === first;
}
