/** The whole text, case-sensitive: `%` is any text, `_` one code point. Goes back to the last `%` only: text × pattern steps at most. */
export function isLike(text: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let afterAny = -1;
  let resume = 0;
  while (at < text.length) {
    const wanted = pattern[next];
    if (wanted === '%') {
      afterAny = ++next;
      resume = at;
    } else if (wanted === '_') {
      at += widthAt(text, at);
      next++;
    } else if (wanted === text[at]) {
      at++;
      next++;
    } else if (afterAny >= 0) {
      resume += widthAt(text, resume);
      at = resume;
      next = afterAny;
    } else return false;
  }
  while (pattern[next] === '%') next++;
  return next === pattern.length;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
