import { styleText } from 'node:util';
import type { z } from 'zod';
import { connect } from '../admin-api.ts';
import { auditPage, experimentResults, membershipChanges, segmentCounts, verifiedAudit } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { table } from '../table.ts';

/** How many people each live segment has; of one segment also who came and went. */
export async function segmentMembers(
  shell: Shell,
  segment: string | undefined,
  { per }: { readonly per: 'hour' | 'day' },
): Promise<number> {
  const api = await connect(shell);
  const { items: all } = await api.ask(segmentCounts, { method: 'GET', path: '/reports/segments' });
  const items = segment === undefined ? all : all.filter((each) => each.segment === segment);
  if (segment !== undefined && items.length === 0)
    throw new CliError(
      `There is no live segment "${segment}".`,
      EXIT.problems,
      '"selvedge segment members" lists them.',
    );
  const changes =
    segment === undefined
      ? null
      : (await api.ask(membershipChanges, { method: 'GET', path: '/reports/memberships', query: { per, segment } }))
          .items;
  answer(shell, changes === null ? { items } : { items, changes }, () => [
    ...table(
      ['segment', 'members', 'known', 'exact'],
      items.map(({ segment: id, members, known, exact }) => [id, members, known, exact ? 'yes' : 'at the last visit']),
    ),
    ...(changes === null || changes.length === 0
      ? []
      : [
          '',
          ...table(
            [per, 'entered', 'exited'],
            changes.map(({ at, entered, exited }) => [at, entered, exited]),
          ),
        ]),
  ]);
  return EXIT.ok;
}

/** What an experiment has shown so far. */
export async function showExperiment(shell: Shell, id: string): Promise<number> {
  const api = await connect(shell);
  const path = `/experiments/${encodeURIComponent(id)}/results`;
  const found = await api.ask(experimentResults, { method: 'GET', path });
  answer(shell, found, () => [
    `${found.experiment}, version ${found.version}, ${found.status}`,
    ...groups(found),
    ...(found.holdout ? ['', 'Who took part (~open) against who was kept out (~held)', ...groups(found.holdout)] : []),
  ]);
  return found.sampleRatio?.alarm || found.holdout?.sampleRatio?.alarm ? EXIT.problems : EXIT.ok;
}

type Groups = Pick<z.output<typeof experimentResults>, 'exposed' | 'sampleRatio' | 'metrics'>;

function groups({ exposed, sampleRatio, metrics }: Groups): readonly string[] {
  return [
    ...(sampleRatio?.alarm
      ? [
          styleText(
            'red',
            'The groups are not as large as they should be: believe none of the rest until you know why.',
          ),
        ]
      : []),
    '',
    ...table(
      ['variant', 'weight', 'people', 'decisions', 'impressions', 'clicks'],
      exposed.map(({ variant, weight, people, decisions, impressions, clicks }) => [
        variant,
        weight,
        people,
        decisions ?? '',
        impressions ?? '',
        clicks ?? '',
      ]),
    ),
    ...metrics.flatMap(({ id: metric, primary, variants }) => [
      '',
      `${metric}${primary ? ' (primary)' : ''}`,
      ...table(
        ['variant', 'people', 'conversions', 'sum', 'mean', 'lift', 'from', 'to', 'p', 'verdict'],
        variants.map(({ variant, people, conversions, sum, mean, relative, p, verdict }) => [
          variant,
          people,
          conversions,
          sum,
          mean === null ? '' : mean.toPrecision(4),
          percent(relative?.value),
          percent(relative?.low),
          percent(relative?.high),
          p === null || verdict === 'control' ? '' : p.toFixed(3),
          verdict,
        ]),
      ),
    ]),
  ];
}

function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : `${(value * 100).toFixed(1)} %`;
}

/** Who changed what, newest first. */
export async function listAudit(shell: Shell, { limit }: { readonly limit: number }): Promise<number> {
  const api = await connect(shell);
  const { items, next } = await api.ask(auditPage, { method: 'GET', path: '/audit', query: { limit } });
  answer(shell, { items, next }, () =>
    table(
      ['number', 'at', 'by', 'action', 'what', 'version', 'note'],
      items.map(({ number, at, actor, action, kind, subject, beforeVersion, afterVersion, note }) => [
        number,
        at,
        actor,
        action,
        `${kind} ${subject}`,
        afterVersion === null ? '' : `${beforeVersion ?? 0} → ${afterVersion}`,
        note ?? '',
      ]),
    ),
  );
  return EXIT.ok;
}

/** Recomputes the chain of the audit. */
export async function verifyAudit(shell: Shell): Promise<number> {
  const api = await connect(shell);
  const found = await api.ask(verifiedAudit, { method: 'GET', path: '/audit/verify' });
  answer(shell, found, () => [
    found.intact
      ? `The chain of ${found.entries} entries is whole.`
      : styleText('red', `The chain breaks at entry ${found.broken?.number}: ${found.broken?.why}.`),
  ]);
  return found.intact ? EXIT.ok : EXIT.problems;
}
