export const BASE = /* css */ `
:root {
  --paper: #faf7f1; --card: #f1ece2; --ink: #23282a; --soft: #5e625f; --line: #e2dccf; --green: #24453a; --rust: #a94f31; --focus: #2b6cb0;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, "Noto Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Open Sans", sans-serif;
  --gap: clamp(16px, 3vw, 32px); --round: 14px;
}
*, *::before, *::after { box-sizing: border-box }
[hidden] { display: none !important }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans) }
h1, h2, h3, p, ul, dl, dd, figure, blockquote, fieldset { margin: 0; padding: 0 }
ul { list-style: none }
fieldset { border: 0; min-width: 0 }
h1, h2, .logo { font-family: var(--serif); font-weight: 600; line-height: 1.12; letter-spacing: -.012em; text-wrap: balance }
h1 { font-size: clamp(1.9rem, 4.4vw, 3rem) }
h2 { font-size: clamp(1.3rem, 2.4vw, 1.75rem) }
h3 { font-size: 1rem }
a { color: inherit; text-underline-offset: .2em; text-decoration-thickness: 1px }
img, svg { display: block; max-width: 100% }
button, input, textarea { font: inherit; color: inherit }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px }
.wrap { width: min(1180px, 100% - 2 * var(--gap)); margin-inline: auto }
.narrow { max-width: 720px }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.skip { position: absolute; left: 8px; top: -60px; background: #fff; padding: 8px 14px; z-index: 9 }
.skip:focus { top: 8px }
.eyebrow { font-size: .78rem; letter-spacing: .12em; text-transform: uppercase; color: var(--rust); font-weight: 600 }
.eyebrow a { text-decoration: none }
.button { display: inline-block; border: 0; border-radius: 99px; background: var(--green); color: #fff; padding: .78em 1.6em; font-weight: 600; text-decoration: none; cursor: pointer; transition: background .15s }
.button:hover { background: #17332a }
.button--wide { width: 100%; text-align: center }
.button--quiet { background: none; color: var(--green); box-shadow: inset 0 0 0 1.5px var(--green) }
.button--quiet:hover { background: #e8ede6 }
.linkish { border: 0; background: none; padding: 0; text-decoration: underline; text-underline-offset: .2em; cursor: pointer; color: inherit }
.section { padding-block: clamp(28px, 4.5vw, 56px) 0 }
.section--first { padding-top: clamp(24px, 4vw, 48px) }
.narrow > h1 + p { margin-top: 12px; color: var(--soft); max-width: 60ch }
.narrow > .eyebrow + h1 { margin-top: 8px }
.narrow > .button { margin-top: 20px }
.section > h2 { margin-bottom: 18px }
.section__head { margin-bottom: 22px; display: grid; gap: 8px; justify-items: start }
.section__head p { color: var(--soft); max-width: 56ch }
main { min-height: 56vh; padding-bottom: clamp(40px, 7vw, 88px) }
main:has(> .promises) { padding-bottom: 0 }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important } }
`;
