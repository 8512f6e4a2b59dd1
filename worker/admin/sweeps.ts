import { z } from 'zod';
import type { Instant } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import type { Sweep, SweepCommand } from '../../core/segment/preview/sweep-plan.ts';
import { sweepProgress } from '../../core/segment/preview/sweep-progress.ts';
import { reaching, record } from './people.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';

const whole = z.number().int();
const rate = z.number().min(0.01).max(limit('sweepMaxPerSecond')).meta({ description: 'Profiles per second' });

const sweepView = z
  .object({
    sequence: whole.meta({ description: 'What profiles are brought up to' }),
    status: z.enum(['running', 'paused', 'cancelled', 'done']),
    handled: whole,
    failed: whole.meta({ description: 'Could not be reached; they catch up at their next visit' }),
    total: whole.meta({ description: 'Indexed profiles when it began' }),
    share: z.number().meta({ description: '0 to 1' }),
    ratePerSecond: z.number(),
    observedPerSecond: z.number().nullable(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    estimatedEnd: z.string().nullable(),
  })
  .meta({ id: 'Sweep' });

const CHANGE = {
  method: 'post',
  tag: 'sweeps',
  needs: 'publish',
  body: z.strictObject({}),
  bodyOptional: true,
  responses: { 200: sweepView },
  problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'conflict'],
} as const;

/** After a publish: a paced pass that brings known people up to date who do not come by themselves. */
export const sweepRoutes: readonly Route[] = [
  route(
    {
      id: 'getSweep',
      method: 'get',
      path: '/sweep',
      tag: 'sweeps',
      needs: 'read',
      summary: 'How far the sweep of the last publish is, and when it will end',
      responses: { 200: sweepView },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    (call) =>
      reaching(async () => {
        const { sweeps } = call.services;
        return sweeps ? answer(call, await sweeps.status(call.space)) : { problem: 'unavailable' };
      }),
  ),
  route(
    {
      ...CHANGE,
      id: 'startSweep',
      path: '/sweep',
      summary: 'Begin a sweep with what is live, or set the pace of the one that goes on',
      body: z.strictObject({ ratePerSecond: rate.exactOptional() }),
      problems: [...CHANGE.problems, 'notPublished'],
    },
    (call) =>
      reaching(async () => {
        const { sweeps } = call.services;
        if (!sweeps) return { problem: 'unavailable' };
        const { ratePerSecond = null } = call.body;
        const noted = await note(call, ratePerSecond === null ? 'start' : `start at ${ratePerSecond} per second`);
        if (noted) return noted;
        const sweep = await sweeps.start(call.space, ratePerSecond);
        return sweep ? answer(call, sweep) : { problem: 'notPublished' };
      }),
  ),
  command('pauseSweep', 'pause', 'Stop it where it is, until it is resumed'),
  command('resumeSweep', 'resume', 'Go on where it was paused'),
  command('cancelSweep', 'cancel', 'End it: who was not reached catches up at the next visit, or with a later sweep'),
];

function command(id: string, is: Exclude<SweepCommand['is'], 'rate'>, summary: string): Route {
  return route({ ...CHANGE, id, path: `/sweep/${is}`, summary }, (call) =>
    reaching(async () => {
      const { sweeps } = call.services;
      if (!sweeps) return { problem: 'unavailable' };
      const held = await sweeps.status(call.space);
      if (!held) return answer(call, null);
      if (held.status === 'done' || held.status === 'cancelled')
        return { problem: 'conflict', extras: { detail: `The sweep is ${held.status}: start another.` } };
      const noted = await note(call, is);
      return noted ?? answer(call, await sweeps.change(call.space, { is }));
    }),
  );
}

type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'actor'>;

function note(call: AnyCall, what: string) {
  return record(call, { action: 'swept', of: 'sweep', profile: 'sweep', note: what });
}

function answer({ services }: AnyCall, sweep: Sweep | null): AdminAnswer {
  if (!sweep) return { problem: 'notFound', extras: { detail: 'There was no sweep yet.' } };
  const { status, handled, failed, total, share, observedPerSecond, estimatedEnd } = sweepProgress(
    sweep,
    services.now(),
  );
  const time = (at: Instant | null) => (at === null ? null : formatInstant(at));
  return {
    status: 200,
    body: {
      sequence: sweep.sequence,
      status,
      handled,
      failed,
      total,
      share,
      ratePerSecond: sweep.ratePerSecond,
      observedPerSecond,
      startedAt: formatInstant(sweep.startedAt),
      endedAt: time(sweep.endedAt),
      estimatedEnd: time(estimatedEnd),
    },
  };
}
