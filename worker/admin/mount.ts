import type { Hono } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { type AdminServices, createAdminServices } from '../services/admin-services.ts';
import { budgetsOf } from '../services/budgets.ts';
import { createDecisionReader } from '../services/decision-reader.ts';
import { erasuresOf } from '../services/erasures.ts';
import { liveViewsOf } from '../services/live-views.ts';
import { createPeople } from '../services/people.ts';
import { createProfileExplainer } from '../services/profile-explainer.ts';
import { createReconciler } from '../services/reconciler.ts';
import { samplesOf } from '../services/sample.ts';
import { sweepsOf } from '../services/sweeps.ts';
import type { Services } from '../services.ts';
import { signInSettingsOf } from '../sign-in-settings.ts';
import { createAdminApp } from './admin-app.ts';

/** Immutable once made, as the services that they are made of. */
const cache = new WeakMap<Services, AdminServices>();

function adminServicesOf(services: Services): AdminServices {
  const held = cache.get(services);
  if (held) return held;
  const { env, rulesets, secrets, now, randomBytes } = services;
  const people = createPeople(services);
  const live = liveViewsOf(env);
  const limits = env.OPERATOR_LIMIT;
  const made = createAdminServices({
    control: env.CONTROL,
    publisher: env.PUBLISHER,
    rulesets,
    reconciler: createReconciler({
      profiles: env.PROFILE,
      control: env.CONTROL,
      archive: env.ARCHIVE,
      archiveKeys: services.archiveKeys,
      send: (message) => env.EFFECTS.send(message),
      observed: async (space) =>
        (await rulesets.current(space))?.segmentInfo.flatMap(({ id, observed }) => (observed ? [id] : [])) ?? [],
      retention: async (space) => (await rulesets.current(space))?.retention ?? new Map(),
      now,
    }),
    ...(live ? { live } : {}),
    sendEffect: (message) => env.EFFECTS.send(message),
    samples: samplesOf(env),
    sweeps: sweepsOf(env, rulesets),
    explainer: createProfileExplainer(services),
    decisions: createDecisionReader(env.ARCHIVE),
    visitorKeys: services.visitorKeys,
    budget: budgetsOf(env),
    people,
    erasures: erasuresOf(services),
    ownerOf: services.ownerOf,
    secrets,
    signIn: signInSettingsOf(env),
    ...(limits ? { mayAsk: async (key: string) => (await limits.limit({ key })).success } : {}),
    bootstrapTokenHash: env.BOOTSTRAP_TOKEN_HASH ?? null,
    now,
    randomBytes,
  });
  cache.set(services, made);
  return made;
}

/** Puts the operator API under `/v1/admin`. */
export function mountAdmin(app: Hono<AppEnv>): void {
  app.route(
    '/v1/admin',
    createAdminApp((c) => adminServicesOf(c.get('services'))),
  );
}
