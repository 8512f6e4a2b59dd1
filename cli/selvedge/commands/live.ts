import { styleText } from 'node:util';
import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { connect } from '../admin-api.ts';
import { deadLetterPage, liveEntry, liveView, trackingReport } from '../answers.schema.ts';
import { EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';

export interface WatchFlags {
  readonly is?: string;
  readonly source?: string;
  readonly name?: string;
  readonly profile?: string;
  readonly problems?: boolean;
}

type Entry = z.output<typeof liveEntry>;

/** What goes on now: recent entries, queues, limits. */
export async function live(
  shell: Shell,
  { limit, ...flags }: WatchFlags & { readonly limit: number },
): Promise<number> {
  const api = await connect(shell);
  const found = await api.ask(liveView, { method: 'GET', path: '/live', query: { ...queryOf(flags), limit } });
  answer(shell, found, () => [
    found.published
      ? `Sequence ${found.published.sequence}, published ${found.published.publishedAt}${found.published.percent < 100 ? `, for ${found.published.percent} % of the profiles` : ''}`
      : 'Nothing was published yet.',
    ...(found.frozen
      ? [
          styleText(
            'yellow',
            `Frozen by ${oneLine(found.frozen.by)} since ${found.frozen.since}: ${oneLine(found.frozen.reason)}`,
          ),
        ]
      : []),
    '',
    ...table(
      ['source', 'events today', 'unexpected', 'refused', 'last'],
      found.sources.map(({ source, events, unexpected, refused, last }) => [
        source,
        events,
        unexpected,
        refused,
        last ?? 'nothing yet',
      ]),
    ),
    '',
    ...found.queues.map(
      ({ queue, lagMs, backlog, at }) =>
        `${queue}: ${(lagMs / 1000).toFixed(1)} s behind${backlog === null ? '' : `, ${backlog} messages wait`} (${at})`,
    ),
    ...(found.deadLetters > 0
      ? [styleText('red', `${found.deadLetters} dead letters: selvedge dead-letters list`)]
      : ['No dead letters.']),
    ...found.limits
      .filter(({ used, most }) => used * 2 > most)
      .map(({ used, most, unit }) => styleText('yellow', `${used} of ${most} ${unit}`)),
    '',
    ...(found.recent.length === 0 ? [`Nothing since ${found.since}.`] : [...found.recent].reverse().map(line)),
  ]);
  return EXIT.ok;
}

/** Prints what happens until it is stopped. With `--json` a line of JSON each. */
export async function tail(
  shell: Shell,
  { data = false, most, ...flags }: WatchFlags & { readonly data?: boolean; readonly most?: number },
): Promise<number> {
  const api = await connect(shell);
  const query = { ...queryOf(flags), ...(data ? { data: 'true' } : {}) };
  let left = most ?? Number.POSITIVE_INFINITY;
  shell.note(`Watching ${api.login.url}; events show within half a minute, refusals at once. Stop with Ctrl-C.`);
  while (left > 0) {
    const stop = new AbortController();
    const parser = createParser({
      onEvent: ({ event, data: text }) => {
        if (left <= 0) return;
        if (event === 'missed') shell.note(`${text}: too much at once`);
        const entry = liveEntry.safeParse(parse(text));
        if (!entry.success) return;
        shell.print(shell.json ? JSON.stringify(entry.data) : line(entry.data));
        left--;
        if (left <= 0) stop.abort();
      },
    });
    const body = await api.stream({ method: 'GET', path: '/live/tail', query }, stop.signal);
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      // A broken connection is taken up again; what ended by itself is not an error.
      if (!stop.signal.aborted) shell.note(`The connection broke (${error instanceof Error ? error.name : 'error'}).`);
    }
  }
  return EXIT.ok;
}

/** What could not be processed. */
export async function listDeadLetters(shell: Shell, { limit }: { readonly limit: number }): Promise<number> {
  const api = await connect(shell);
  const found = await api.ask(deadLetterPage, { method: 'GET', path: '/dead-letters', query: { limit } });
  answer(shell, found, () =>
    found.items.length === 0
      ? ['No dead letters.']
      : table(
          ['id', 'at', 'queue', 'events', 'bytes', 'reason'],
          found.items.map(({ id, at, queue, events, bytes, reason }) => [id, at, queue, events, bytes, reason]),
        ),
  );
  return EXIT.ok;
}

/** `replay` gives letters to the queue once more, `discard` throws them away. */
export async function settleDeadLetters(
  shell: Shell,
  act: 'replay' | 'discard',
  ids: readonly string[],
  { all = false }: { readonly all?: boolean },
): Promise<number> {
  const api = await connect(shell);
  const wanted = all
    ? (await api.ask(deadLetterPage, { method: 'GET', path: '/dead-letters', query: { limit: 200 } })).items.map(
        ({ id }) => id,
      )
    : ids;
  for (const id of wanted) {
    const path = `/dead-letters/${encodeURIComponent(id)}`;
    await api.ask(z.null(), act === 'replay' ? { method: 'POST', path: `${path}/replay` } : { method: 'DELETE', path });
  }
  answer(shell, { [act]: wanted }, () => [
    `${wanted.length} ${act === 'replay' ? 'given to the queue again' : 'thrown away'}.`,
  ]);
  return EXIT.ok;
}

/** What a source sends beside its tracking plan. 1 where something differs, for CI. */
export async function tracking(shell: Shell, source: string, { days }: { readonly days: number }): Promise<number> {
  const api = await connect(shell);
  const path = `/sources/${encodeURIComponent(source)}/tracking`;
  const found = await api.ask(trackingReport, { method: 'GET', path, query: { days } });
  answer(shell, found, () => [
    ...(found.plan ? [] : [`${source} has no tracking plan: it may send anything.`]),
    ...table(
      ['type', 'events', 'last', 'fields', ''],
      found.events.map(({ type, count, last, fields, planned, unused }) => [
        type,
        count,
        last ?? '',
        fields.map(({ field, unused: never }) => (never ? `(${field})` : field)).join(' '),
        unused ? 'never sent' : found.plan && !planned ? 'not in the plan' : '',
      ]),
    ),
    ...(found.deviations.length === 0
      ? []
      : [
          '',
          ...table(
            ['what', 'type', 'field', 'times', 'last'],
            found.deviations.map(({ kind, type, field, count, last }) => [kind, type, field ?? '', count, last ?? '']),
          ),
        ]),
    ...(found.refused.length === 0
      ? []
      : [
          '',
          ...table(
            ['refused for', 'type', 'times', 'last'],
            found.refused.map(({ code, type, count, last }) => [code, type ?? '', count, last ?? '']),
          ),
        ]),
  ]);
  return found.deviations.length > 0 ? EXIT.problems : EXIT.ok;
}

function queryOf({ problems, ...flags }: WatchFlags): Readonly<Record<string, string>> {
  const given = Object.entries(flags).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { ...Object.fromEntries(given), ...(problems ? { problems: 'true' } : {}) };
}

function line(entry: Entry): string {
  const at = styleText('dim', entry.at.slice(11, 23));
  switch (entry.is) {
    case 'event': {
      const { source, type, profile, fields, deviations, data } = entry;
      const shown = data === undefined ? Object.keys(fields).join(' ') : JSON.stringify(data);
      const odd = deviations.map(({ kind, field }) => (field === null ? kind : `${kind} ${field}`)).join(', ');
      return oneText([
        at,
        source,
        styleText('bold', oneLine(type)),
        profile,
        shown,
        odd && styleText('yellow', oneLine(odd)),
      ]);
    }
    case 'refusal':
      return oneText([
        at,
        entry.source,
        entry.type ?? '?',
        styleText('red', `refused: ${entry.code}`),
        entry.pointer ?? '',
      ]);
    case 'decision':
      return oneText([
        at,
        entry.placement,
        '→',
        styleText('cyan', oneLine(entry.offer ?? 'nothing')),
        entry.variant ?? '',
        entry.reason,
      ]);
  }
}

function oneText(parts: readonly string[]): string {
  // Colours are ours, what stands between them is not.
  return parts
    .filter((part) => part !== '')
    .map((part) => (part.includes('\u001B[') ? part : oneLine(part)))
    .join('  ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
