import { selvedge } from './selvedge.ts';

/** Tells the SDK first, which obeys at once; the shop only remembers how the switches stood. */
function save(root: Element): void {
  const choices: Record<string, 'in' | 'out'> = {};
  for (const button of root.querySelectorAll<HTMLElement>('[data-purpose]')) {
    choices[button.dataset.purpose ?? ''] = button.getAttribute('aria-checked') === 'true' ? 'in' : 'out';
  }
  selvedge('consent', choices);
  const chosen = Object.keys(choices).filter((purpose) => choices[purpose] === 'in');
  void fetch('/privacy', { method: 'POST', body: new URLSearchParams({ chosen: chosen.join('.') }) });
  root.querySelector('[data-saved]')?.removeAttribute('hidden');
}

export function watchConsent(): void {
  const root = document.querySelector('[data-consent]');
  root?.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const single = target?.closest('[data-purpose]');
    const all = target?.closest<HTMLElement>('[data-consent-all]');
    if (single) single.setAttribute('aria-checked', String(single.getAttribute('aria-checked') !== 'true'));
    else if (all) {
      for (const button of root.querySelectorAll('[data-purpose]'))
        button.setAttribute('aria-checked', String(all.dataset.consentAll === 'in'));
    } else return;
    save(root);
  });
}
