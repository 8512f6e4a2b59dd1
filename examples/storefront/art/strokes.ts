/** The two marks that every drawing is made of. */
export function path(d: string, fill: string): string {
  return `<path d="${d}" fill="${fill}"/>`;
}

/** `more` takes further attributes, such as a dash. */
export function line(d: string, stroke: string, width = 2, more = '', cap: 'round' | 'butt' = 'round'): string {
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="${cap}" stroke-linejoin="round" ${more}/>`;
}
