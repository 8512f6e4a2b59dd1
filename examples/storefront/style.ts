import { BASE } from './style/base.ts';
import { FORMS } from './style/forms.ts';
import { PANEL } from './style/panel.ts';
import { SHOP } from './style/shop.ts';

/** The shop's whole style sheet, in one file that browsers may keep for ever: its address changes with its text. */
export const STYLE = [BASE, SHOP, FORMS, PANEL]
  .join('\n')
  .replace(/\/\*[\s\S]*?\*\//g, '')
  .replace(/\s+/g, ' ');

function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

export const STYLE_PATH = `/shop.css?v=${fingerprint(STYLE)}`;
