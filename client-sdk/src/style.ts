/** Adds rules, in a sheet of our own making, which no policy of styles is about. Returns how to take them back. */
export function addStyle(rules: string): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets.push(sheet);
  return () => sheet.replaceSync('');
}
