import type { z } from 'zod';
import { type AdminApi, connect, describeProblem } from '../admin-api.ts';
import { gradualState, published, sequencePage } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';

type Published = z.output<typeof published>;

/** Makes the drafts live under the next sequence. */
export async function publish(
  shell: Shell,
  { note, percent }: { readonly note?: string; readonly percent?: number },
): Promise<number> {
  const made = await publishDrafts(await connect(shell), note, percent);
  answer(shell, made, () => describePublished(made));
  return EXIT.ok;
}

export async function publishDrafts(api: AdminApi, note: string | undefined, percent?: number): Promise<Published> {
  const body = { ...(note === undefined ? {} : { note }), ...(percent === undefined ? {} : { percent }) };
  const made = await api.attempt(published, { method: 'POST', path: '/publish', body });
  if (made.ok) return made.value;
  throw new CliError(
    describeProblem(made.error).join('\n'),
    EXIT.problems,
    'Nothing was published: what is live stays. "selvedge plan" tells where it stands in the files.',
  );
}

/** Makes an old sequence live again, under a new number. */
export async function rollback(shell: Shell, sequence: number): Promise<number> {
  const api = await connect(shell);
  const made = await api.attempt(published, { method: 'POST', path: '/rollback', body: { sequence } });
  if (!made.ok)
    throw new CliError(
      made.error.status === 404 ? `There is no sequence ${sequence}.` : describeProblem(made.error).join('\n'),
      EXIT.problems,
      '"selvedge history" lists the sequences.',
    );
  answer(shell, { ...made.value, restored: sequence }, () => [
    `Sequence ${made.value.sequence} is live with the rules of ${sequence}.`,
    'The drafts stay as they are: the next publish makes them live again.',
  ]);
  return EXIT.ok;
}

/** How far a gradual publish is; with a percent, on to so many of the profiles, or 100: to all. */
export async function gradual(
  shell: Shell,
  percent: number | undefined,
  { giveUp = false }: { readonly giveUp?: boolean },
): Promise<number> {
  const api = await connect(shell);
  if (percent === undefined && !giveUp) {
    const state = await api.ask(gradualState, { method: 'GET', path: '/gradual' });
    answer(shell, state, () => [
      state.since === null
        ? `Everybody has sequence ${state.sequence ?? 'none'}.`
        : `${state.percent} % of the profiles have sequence ${state.sequence}, the others ${state.stable}.`,
    ]);
    return EXIT.ok;
  }
  const request = giveUp
    ? ({ method: 'DELETE', path: '/gradual' } as const)
    : ({ method: 'POST', path: '/gradual', body: { percent } } as const);
  const made = await api.ask(published, request);
  answer(shell, made, () =>
    giveUp ? [`Sequence ${made.sequence} is live: everybody has what most had.`] : describePublished(made),
  );
  return EXIT.ok;
}

/** What was published, newest first. */
export async function history(shell: Shell, { limit }: { readonly limit: number }): Promise<number> {
  const api = await connect(shell);
  const { items, next } = await api.ask(sequencePage, { method: 'GET', path: '/sequences', query: { limit } });
  answer(shell, { items, next }, () =>
    items.length === 0
      ? ['Nothing is published yet: "selvedge push", then "selvedge publish".']
      : table(
          ['sequence', 'published', 'by', 'what'],
          items.map(({ sequence, publishedAt, actor, note, percent, restored, data }, index) => [
            sequence,
            publishedAt,
            actor,
            [
              index === 0 ? '(live)' : '',
              percent === null ? '' : `${percent} %:`,
              restored === null ? '' : `rollback to ${restored}`,
              data === null ? '' : `data: ${data}`,
              note ?? '',
            ]
              .filter((part) => part !== '')
              .join(' '),
          ]),
        ),
  );
  return EXIT.ok;
}

export function describePublished({ sequence, publishedAt, cached, warnings }: Published): readonly string[] {
  return [
    `Sequence ${sequence} is live since ${publishedAt}; elsewhere on the network usually within 60 seconds.`,
    ...(cached ? [] : ['The cache does not have it yet; it follows by itself.']),
    ...warnings.map(({ kind, id, pointer, detail }) => `  note: ${kind} ${id}${pointer}: ${oneLine(detail)}`),
  ];
}
