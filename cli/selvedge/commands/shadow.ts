import { z } from 'zod';
import { type AdminApi, connect } from '../admin-api.ts';
import { EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';

const estimate = z.looseObject({ sampled: z.int(), value: z.int(), low: z.int(), high: z.int() });
const movement = estimate.extend({ examples: z.array(z.string()).optional() });
const sample = {
  exact: z.boolean(),
  confidence: z.number(),
  rows: z.int(),
  population: estimate,
  freshness: z.looseObject({
    oldest: z.string().nullable(),
    median: z.string().nullable(),
    since: z.string(),
    stale: z.int(),
    pending: z.int(),
    cut: z.int(),
    seeding: z.boolean(),
  }),
};
const moves = { change: z.string(), before: estimate, after: estimate, enter: movement, leave: movement };
const shadowRun = z.looseObject({
  ...sample,
  sequence: z.int().nullable(),
  segments: z.array(z.looseObject({ ...moves, segment: z.string() })),
  offers: z.array(z.looseObject({ ...moves, offer: z.string() })),
});
const segmentEstimate = z.looseObject({ ...sample, members: estimate.nullable() });
const memberPage = z.looseObject({
  count: z.int(),
  items: z.array(z.looseObject({ profile: z.string(), since: z.string() })),
  next: z.string().nullable(),
});

export type ShadowRun = z.output<typeof shadowRun>;
type Estimate = z.output<typeof estimate>;
type Sample = Pick<ShadowRun, 'exact' | 'confidence' | 'rows' | 'population' | 'freshness'>;

const PAGE = 200;

/** What the drafts of the server, or a change set, would do to people. */
export async function askShadow(api: AdminApi, changeSet: string | undefined): Promise<ShadowRun> {
  const candidate = changeSet === undefined ? 'drafts' : { changeSet };
  return api.ask(shadowRun, { method: 'POST', path: '/shadow-runs', body: { candidate } });
}

export function describeShadow(run: ShadowRun): readonly string[] {
  const rows = [
    ...run.segments.map((each) => ['segment', each.segment, each] as const),
    ...run.offers.map((each) => ['offer', each.offer, each] as const),
  ];
  if (rows.length === 0) return ['Nobody would enter or leave: no rule differs from what is live.'];
  const examples = run.segments.flatMap(({ segment, enter, leave }) => [
    ...exampleLine(segment, 'enter', enter.examples),
    ...exampleLine(segment, 'leave', leave.examples),
  ]);
  return [
    ...table(
      ['kind', 'id', 'change', 'before', 'after', 'enter', 'leave'],
      rows.map(([kind, id, { change, before, after, enter, leave }]) => [
        kind,
        id,
        change,
        told(before),
        told(after),
        told(enter),
        told(leave),
      ]),
    ),
    ...(examples.length === 0 ? [] : ['', ...examples]),
    '',
    ...describeSample(run),
  ];
}

/** How many people a rule would hold, as a part of the drafts. */
export async function estimateSegment(
  shell: Shell,
  rule: string,
  { replaces, purpose }: { readonly replaces?: string; readonly purpose?: string },
): Promise<number> {
  const api = await connect(shell);
  const body = {
    rule,
    ...(replaces === undefined ? {} : { id: replaces }),
    ...(purpose === undefined ? {} : { purpose }),
  };
  const found = await api.ask(segmentEstimate, { method: 'POST', path: '/segments/estimate', body });
  const { members } = found;
  answer(shell, found, () => [
    members === null
      ? 'Too few to be told to your role: the rule reads personal data.'
      : `${told(members)} of ${told(found.population)} people`,
    ...describeSample(found),
  ]);
  return EXIT.ok;
}

/** Profile ids of the known people in a live segment. */
export async function listMembers(shell: Shell, segment: string, { most }: { readonly most: number }): Promise<number> {
  const api = await connect(shell);
  const path = `/segments/${encodeURIComponent(segment)}/members`;
  const items: z.output<typeof memberPage>['items'] = [];
  let count = 0;
  for (let after: string | undefined; items.length < most; ) {
    const query = { limit: Math.min(PAGE, most - items.length), ...(after === undefined ? {} : { after }) };
    const page = await api.ask(memberPage, { method: 'GET', path, query });
    items.push(...page.items);
    ({ count } = page);
    if (page.next === null) break;
    after = page.next;
  }
  answer(shell, { segment, count, items }, () => [
    ...table(
      ['profile', 'since'],
      items.map(({ profile, since }) => [profile, since]),
    ),
    '',
    `${items.length} shown; ${count} members in all, anonymous ones too, of whom no list is kept.`,
  ]);
  return EXIT.ok;
}

/** One number, or the best one with its interval. */
function told({ value, low, high }: Estimate): string {
  return low === high ? String(value) : `${value} (${low}–${high})`;
}

function exampleLine(segment: string, direction: string, examples: readonly string[] = []): readonly string[] {
  return examples.length === 0 ? [] : [`${segment}: ${direction} ${examples.map(oneLine).join(' ')}`];
}

function describeSample({ exact, confidence, rows, population, freshness }: Sample): readonly string[] {
  const { stale, pending, cut, seeding, median, since } = freshness;
  const percent = Math.round(confidence * 100);
  const lacks = [
    stale > 0 ? `${stale} were active since they were copied` : '',
    pending > 0 ? `${pending} are not copied yet` : '',
    cut > 0 ? `of ${cut} only the newest events are in it` : '',
    seeding ? 'the index is still being read' : '',
  ].filter(Boolean);
  return [
    exact
      ? `Exact: the sample is everybody who came since ${since}, or is in the index (${rows} people).`
      : `From ${rows} people out of ${told(population)}; each interval holds the truth ${percent} times in a hundred.`,
    ...(median === null || exact ? [] : [`Half of them were copied after ${median}.`]),
    ...(lacks.length === 0 ? [] : [`The sample is not quite up to date: ${lacks.join(', ')}.`]),
  ];
}
