import type { FactKey } from '../../core/interaction/command.ts';
import { type EventId, type Instant, parseProfileId, type SourceId } from '../../core/lib/ids.ts';
import { DAY_MS, formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { ERASURE_STEPS, type ErasureRecord, type Erasures } from '../services/erasures.ts';
import { certificateSchema, eraseBody, exportQuery, exportSchema, fenceBody, fencedSchema } from './people.schema.ts';
import { baseOf, jurisdictionsOf, NOBODY, presentGraph, reaching, record, recordFailed, whoOf } from './people.ts';
import { type AdminAnswer, BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

/** What Cloudflare keeps beyond our reach, in days. */
const RECOVERY_DAYS = 30;
const QUEUE_DAYS = 4;

/** Everything about a person out, or gone. */
export const peopleDataRoutes: readonly Route[] = [
  route(
    {
      id: 'exportPerson',
      method: 'get',
      path: '/people/export',
      tag: 'people',
      needs: 'personal',
      summary: 'Everything held about a person, page by page: the graph and the memberships first, then every event',
      query: exportQuery,
      responses: { 200: exportSchema },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished'],
    },
    (call) =>
      reaching(async () => {
        const base = await baseOf(call);
        if (!base.ok) return base.error;
        const { people, ruleset } = base.value;
        const who = whoOf(call.query, ruleset);
        const after = call.query.after === undefined ? null : parseCursor(call.query.after);
        if (!who || after === 'bad')
          return { problem: 'badRequest', extras: { detail: 'name a person, and the cursor of the last page' } };
        const graph = await people.find(call.space, who, jurisdictionsOf(ruleset));
        if (!graph || graph.state === 'erased') return recordFailed(call, 'exported', null, NOBODY);
        // Each page: a cursor is easily made without the first one.
        const note = after ? 'a further page' : null;
        const noted = await record(call, { action: 'exported', profile: graph.profile, note });
        if (noted) return noted;
        const page = await people.facts(call.space, graph.profile, after);
        const body = {
          person: after ? null : presentGraph(graph),
          memberships: page.memberships.map((one) => ({ ...one, since: formatInstant(one.since) })),
          events: page.facts.map(({ strand: _, purposes: __, at, receivedAt, ...fact }) => ({
            ...fact,
            at: formatInstant(at),
            receivedAt: formatInstant(receivedAt),
          })),
          next: page.next && btoa(`${page.next.source}\n${page.next.id}`),
        };
        return { status: 200, body };
      }),
  ),
  route(
    {
      id: 'erasePerson',
      method: 'post',
      path: '/people/erase',
      tag: 'people',
      needs: 'erase',
      summary:
        'Erase a person, or one identity and what came through it, everywhere; answers with the certificate so far, and goes on by itself',
      body: eraseBody,
      responses: { 200: certificateSchema, 202: certificateSchema },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'notPublished', 'conflict'],
    },
    (call) =>
      reaching(async () => {
        const base = await baseOf(call);
        if (!base.ok) return base.error;
        const { erasures } = call.services;
        if (!erasures) return { problem: 'unavailable' };
        const { scope, suppress, reason, request = `er-${call.actor.requestId}`, ...named } = call.body;
        const who = whoOf(named, base.value.ruleset);
        if (!who || (scope === 'identity' && !('identity' in who))) return INVALID_WHO;
        const jurisdictions = jurisdictionsOf(base.value.ruleset);
        const asked = { request, who, scope, suppress } as const;
        if (await erasures.isAnother(call.space, asked, jurisdictions)) return ANOTHER_REQUEST;
        const known = await erasures.find(call.space, request);
        const profile = known?.profile ?? (await base.value.people.find(call.space, who, jurisdictions))?.profile;
        // In the audit before it begins; a repetition of the request is another act and another entry.
        const noted = profile && (await record(call, { action: 'erased', profile, note: reason }));
        if (noted) return noted;
        const erased = await erasures.erase(call.space, asked, jurisdictions);
        if (!erased) return recordFailed(call, 'erased', reason, NOBODY);
        if (erased.finishedAt === null) call.goOn(erasures.pursue(call.space, request));
        return { ...(await certificate(erased, erasures)), status: erased.finishedAt === null ? 202 : 200 };
      }),
  ),
  route(
    {
      id: 'fencePerson',
      method: 'post',
      path: '/people/fence',
      tag: 'people',
      needs: 'erase',
      summary:
        'After an object was restored to an earlier time: it lets go of everybody who has moved on or was erased since',
      body: fenceBody,
      responses: { 200: fencedSchema },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'notPublished'],
    },
    (call) =>
      reaching(async () => {
        const base = await baseOf(call);
        if (!base.ok) return base.error;
        const profile = parseProfileId(call.body.profile);
        const noted = profile && (await record(call, { action: 'fenced', profile, note: call.body.reason }));
        if (noted) return noted;
        const fenced = profile && (await base.value.people.fence(call.space, profile));
        return fenced ? { status: 200, body: { profile, ...fenced } } : NOBODY;
      }),
  ),
  route(
    {
      id: 'getErasure',
      method: 'get',
      path: '/people/erasures/{id}',
      tag: 'people',
      needs: 'erase',
      summary: 'Go on with an erasure that is under way, and show its certificate',
      responses: { 200: certificateSchema },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    ({ services, space, param }) =>
      reaching(async () => {
        const held = await services.erasures?.resume(space, param('id'));
        return held && services.erasures ? certificate(held, services.erasures) : { problem: 'notFound' };
      }),
  ),
];

const ANOTHER_REQUEST: AdminAnswer = {
  problem: 'conflict',
  extras: {
    detail: 'This request was about somebody else, or asked for something else: give this one a name of its own.',
  },
};

const INVALID_WHO: AdminAnswer = {
  problem: 'invalid',
  extras: {
    errors: [
      { pointer: '', code: 'badPerson', detail: 'name somebody by namespace and value, or a whole person by profile' },
    ],
  },
};

const IN_ARCHIVE = {
  where: 'archive',
  until: null,
  what: 'lines that nothing can read any more, because their keys are destroyed: the hourly schedule goes through the archive and takes them out, compacted hours as well; this entry is gone once it has',
};

async function certificate(record: ErasureRecord, erasures: Erasures) {
  const { request, profile, scope, suppress, requestedAt, step, deleted, finishedAt } = record;
  const days = (count: number) => formatInstant((requestedAt + count * DAY_MS) as Instant);
  return {
    status: 200 as const,
    body: {
      request,
      profile,
      scope,
      suppress,
      requestedAt: formatInstant(requestedAt),
      finishedAt: finishedAt && formatInstant(finishedAt),
      step: ERASURE_STEPS[step] ?? 'copies',
      deleted,
      remains: [
        ...((await erasures.isInArchive(record)) ? [IN_ARCHIVE] : []),
        {
          where: 'queues',
          until: days(QUEUE_DAYS),
          what: 'messages on their way; their events are not archived any more',
        },
        {
          where: 'point-in-time recovery of objects and of D1',
          until: days(RECOVERY_DAYS),
          what: 'older states of the storage, for operators with access to the account',
        },
        {
          where: 'receipts of answers',
          until: formatInstant((requestedAt + limit('receiptMs')) as Instant),
          what: 'the opaque profile id, what was shown and why; no value of theirs',
        },
        {
          where: 'live view',
          until: formatInstant((requestedAt + limit('liveRecentMs')) as Instant),
          what: 'events of the last quarter of an hour, in memory, for those who watch',
        },
        { where: 'destinations and exports', until: null, what: 'what has left Selvedge before' },
        { where: 'audit', until: null, what: 'the opaque profile id, the time and the reason of this request' },
      ],
    },
  };
}

function parseCursor(text: string): FactKey | 'bad' {
  try {
    const [source, id, ...more] = atob(text).split('\n');
    return source && id && more.length === 0 ? { source: source as SourceId, id: id as EventId } : 'bad';
  } catch {
    return 'bad';
  }
}
