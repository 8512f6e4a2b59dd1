/** The place in a resource that a new body would change although it never can; null: none. Profiles stay where they were born, so a source cannot move its later ones elsewhere under the same name. */
export function changesImmutable(kind: string, before: string, after: string): string | null {
  const homeOf = (body: string) => (JSON.parse(body) as { readonly jurisdiction?: string }).jurisdiction;
  return kind === 'source' && homeOf(before) !== homeOf(after) ? '/jurisdiction' : null;
}
