import { z } from 'zod';
import { connect } from '../admin-api.ts';
import { frozen } from '../change-set-answers.schema.ts';
import { EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine } from '../table.ts';

/** Stops every publish of rules; without a reason it only says how things stand. */
export async function freeze(shell: Shell, reason: string | undefined): Promise<number> {
  const api = await connect(shell);
  const now = await api.ask(
    frozen,
    reason === undefined ? { method: 'GET', path: '/freeze' } : { method: 'PUT', path: '/freeze', body: { reason } },
  );
  answer(shell, now, () =>
    now.frozen
      ? [`Frozen by ${oneLine(now.frozen.by)} since ${now.frozen.since}: ${oneLine(now.frozen.reason)}`]
      : ['Not frozen: rules can be published.'],
  );
  return EXIT.ok;
}

export async function unfreeze(shell: Shell): Promise<number> {
  const api = await connect(shell);
  await api.ask(z.null(), { method: 'DELETE', path: '/freeze' });
  answer(shell, { frozen: null }, () => ['Rules can be published again.']);
  return EXIT.ok;
}
