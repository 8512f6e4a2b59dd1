import { drizzle } from 'drizzle-orm/d1';
import type { EffectMessage } from '../core/interaction/effect-message.ts';
import { createApp } from './app.ts';
import type { Env } from './env.ts';
import { compactArchive } from './queues/compact.ts';
import { consume } from './queues/consume.ts';
import { runDataJobs } from './queues/data-jobs.ts';
import { noteLive } from './queues/note-live.ts';
import { rewriteErased } from './queues/rewrite-erased.ts';
import { pruneLedger } from './queues/rollup.ts';
import { erasuresOf } from './services/erasures.ts';
import { servicesOf } from './services.ts';
import { archiveKeysOf } from './stores/archive-keys.ts';
import { createArchiveRewriteStore } from './stores/archive-rewrite-store.ts';
import { deleteOldReceipts } from './stores/receipt-store.ts';

export { BudgetObject } from './objects/budget-object.ts';
export { CatalogueObject } from './objects/catalogue-object.ts';
export { DirectoryObject } from './objects/directory-object.ts';
export { LiveObject } from './objects/live-object.ts';
export { ProfileObject } from './objects/profile-object.ts';
export { PublisherObject } from './objects/publisher-object.ts';
export { SampleObject } from './objects/sample-object.ts';
export { SweepObject } from './objects/sweep-object.ts';
export { SelvedgeRpc } from './rpc/selvedge-rpc.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  queue: async (batch, env) => {
    await consume(batch, env);
    await noteLive(batch, env);
  },
  scheduled: async (controller, env) => {
    await compactArchive(env.ARCHIVE, archiveKeysOf(env), controller.scheduledTime);
    await erasuresOf(servicesOf(env)).resumeAll();
    await pruneLedger(env.CONTROL, controller.scheduledTime);
    await runDataJobs(env, controller.scheduledTime);
    await deleteOldReceipts(env.ARCHIVE, controller.scheduledTime);
    await rewriteErased(env.ARCHIVE, createArchiveRewriteStore(drizzle(env.CONTROL)), controller.scheduledTime);
  },
} satisfies ExportedHandler<Env, EffectMessage>;
