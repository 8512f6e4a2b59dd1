/** Between the levels of a category in one text, as product feeds write it: `Women > Knitwear`. */
const SEPARATOR = ' > ';

/** Levels of a category in one text. Spaces around a level and empty levels do not count. */
export function parseCategory(text: string): readonly string[] {
  return text
    .split('>')
    .map((level) => level.trim())
    .filter((level) => level !== '');
}

/** The one text of a category: `['Women', 'Knitwear']` → `Women > Knitwear`. */
export function categoryKey(path: readonly string[]): string {
  return path.join(SEPARATOR);
}

/** The category and all that contain it, narrowest first: `a > b`, `a`. */
export function categoryKeys(path: readonly string[]): readonly string[] {
  return path.map((_, i) => categoryKey(path.slice(0, path.length - i)));
}

/** Is the category that one, or inside it? */
export function isInCategory(path: readonly string[], key: string): boolean {
  const own = categoryKey(path);
  return own === key || own.startsWith(key + SEPARATOR);
}
