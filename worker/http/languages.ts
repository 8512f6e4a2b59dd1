const MOST = 5;
const TAG = /^[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,3}$/i;

/** Language tags of an `Accept-Language` header (RFC 9110, 12.5.4), the best first, at most 5. */
export function acceptedLanguages(header: string | null): readonly string[] {
  if (!header) return [];
  return header
    .slice(0, 200)
    .split(',')
    .map((part, order) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const weight = parameters
        .map((parameter) => /^\s*q=([01](?:\.\d{1,3})?)\s*$/i.exec(parameter)?.[1])
        .find(Boolean);
      return { tag: tag.trim(), weight: weight === undefined ? 1 : Number(weight), order };
    })
    .filter(({ tag, weight }) => weight > 0 && TAG.test(tag))
    .sort((a, b) => b.weight - a.weight || a.order - b.order)
    .slice(0, MOST)
    .map(({ tag }) => tag);
}
