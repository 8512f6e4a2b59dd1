import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { Env } from '../../../worker/env.ts';

/** Where a Worker of this folder tells which messages wait in its queue: a list of their ids. */
export const IN_QUEUE = '/in-queue';

/** Messages of this process that were sent and are not done with. */
const waiting = new Set<string>();

/** The queue as objects send to it. */
export function countSent({ EFFECTS }: Pick<Env, 'EFFECTS'>): Pick<Queue<EffectMessage>, 'send'> {
  return {
    async send(message) {
      waiting.add(message.id);
      try {
        return await EFFECTS.send(message);
      } catch (error) {
        waiting.delete(message.id);
        throw error;
      }
    },
  };
}

type Handlers = Required<Pick<ExportedHandler<Env, EffectMessage>, 'fetch' | 'queue'>>;

/** The Worker, which tells what waits. A batch that fails comes again. */
export function countDone<W extends Handlers>(worker: W): W {
  return {
    ...worker,
    fetch: (request: Parameters<Handlers['fetch']>[0], env: Env, ctx: ExecutionContext) =>
      new URL(request.url).pathname === IN_QUEUE ? Response.json([...waiting]) : worker.fetch(request, env, ctx),
    queue: async (batch: MessageBatch<EffectMessage>, env: Env, ctx: ExecutionContext) => {
      await worker.queue(batch, env, ctx);
      for (const { body } of batch.messages) waiting.delete(body.id);
    },
  };
}

/** Where a Worker with a durable queue is told to send again what another process of it has left. */
export const SEND_AGAIN = '/send-again';

const CREATE = 'CREATE TABLE IF NOT EXISTS durable_queue (id TEXT PRIMARY KEY, body TEXT NOT NULL)';

/** A queue whose messages outlive the process, as the platform's do and Miniflare's do not: they lie in D1 until they are done with. */
export function durableQueue(env: Pick<Env, 'EFFECTS' | 'CONTROL'>): Pick<Queue<EffectMessage>, 'send'> {
  const queue = countSent(env);
  return {
    async send(message) {
      const put = env.CONTROL.prepare('INSERT OR REPLACE INTO durable_queue VALUES (?, ?)');
      await env.CONTROL.batch([env.CONTROL.prepare(CREATE), put.bind(message.id, JSON.stringify(message))]);
      return queue.send(message);
    },
  };
}

/** The Worker at the other end of that queue. */
export function takeDurably<W extends Handlers>(worker: W): W {
  return {
    ...worker,
    fetch: async (request: Parameters<Handlers['fetch']>[0], env: Env, ctx: ExecutionContext) => {
      if (new URL(request.url).pathname !== SEND_AGAIN) return worker.fetch(request, env, ctx);
      await env.CONTROL.prepare(CREATE).run();
      const { results } = await env.CONTROL.prepare('SELECT body FROM durable_queue').all<{ readonly body: string }>();
      for (const { body } of results) await countSent(env).send(JSON.parse(body) as EffectMessage);
      return Response.json(results.length);
    },
    queue: async (batch: MessageBatch<EffectMessage>, env: Env, ctx: ExecutionContext) => {
      await worker.queue(batch, env, ctx);
      const ids = JSON.stringify(batch.messages.map(({ body }) => body.id));
      const remove = env.CONTROL.prepare('DELETE FROM durable_queue WHERE id IN (SELECT value FROM json_each(?))');
      await remove.bind(ids).run();
    },
  };
}
