import { selvedge } from './selvedge.ts';

interface Changed {
  readonly count: number;
  readonly item: Readonly<Record<string, unknown>>;
}

/** Sends the form as the browser would, but stays on the page. The event is tracked when it has happened, not when it was asked for. */
async function change(form: HTMLFormElement, type: 'cart.added' | 'cart.removed'): Promise<Changed> {
  const response = await fetch(form.action, {
    method: 'POST',
    body: new FormData(form),
    headers: { accept: 'application/json' },
  });
  if (!response.ok || response.redirected) throw new Error('the shop did not take it');
  const changed = (await response.json()) as Changed;
  selvedge('track', type, changed.item);
  for (const count of document.querySelectorAll('[data-bag-count]')) count.textContent = String(changed.count);
  return changed;
}

export function watchForms(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    // What is still queued here is hers; it must not be sent as the next person's.
    if (form.hasAttribute('data-sign-out')) return selvedge('reset');
    const isAdd = form.hasAttribute('data-add-to-cart');
    if (!isAdd && !form.hasAttribute('data-remove-from-cart')) return;
    event.preventDefault();
    change(form, isAdd ? 'cart.added' : 'cart.removed').then(
      () => {
        if (isAdd) form.querySelector('[data-added]')?.removeAttribute('hidden');
        else location.reload();
      },
      () => form.submit(),
    );
  });
}
