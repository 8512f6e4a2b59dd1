import { cpuCases } from './cpu.ts';
import type { Env } from './env.ts';
import { probeWorker } from './probe.ts';
import { rpcCases } from './rpc.ts';

export { Birth } from './birth.ts';
export { Micro } from './micro.ts';
export { Shape } from './shape.ts';
export { Visit } from './visit.ts';
export { Wake } from './wake.ts';

type Query = (name: string) => string;
type Route = (query: Query, env: Env) => Promise<unknown> | unknown;

const routes: Record<string, Route> = {
  '/empty': () => 'ok',
  '/ping': (q, env) => env.Visit.getByName(q('o')).ping(),
  '/ping-two': async (q, env) => {
    await env.Visit.getByName(q('o')).ping();
    return env.Visit.getByName(`${q('o')}-second`).ping();
  },
  '/ping-nested': (q, env) => env.Visit.getByName(q('o')).pingThrough(`${q('o')}-second`),
  '/visit': (q, env) =>
    env.Visit.getByName(q('o')).visit({
      facts: Number(q('facts')),
      stateKb: Number(q('stateKb')),
      alarm: q('alarm') === '1',
      transaction: q('transaction') === '1',
      stateIn: q('stateIn'),
    }),
  '/shapes': (_q, env) => env.Shape.getByName('shapes').measure(),
  '/birth': (q, env) => env.Birth.getByName(q('o')).create(q('variant')),
  '/wake/fill': (q, env) => env.Wake.getByName(q('o')).fill(),
  '/wake/touch': (q, env) => env.Wake.getByName(q('o')).touch(q('variant')),
  '/probe': async (_q, env) => ({ ...probeWorker(), ...(await env.Micro.getByName('probe').probe()) }),
  '/cpu': async (q) => {
    const run = cpuCases[q('case')];
    if (!run) throw new Error('no such case');
    return { sink: await run(Number(q('n'))) };
  },
  '/rpc': async (q, env) => {
    const run = rpcCases[q('case')];
    if (!run) throw new Error('no such case');
    return { sink: await run(env.Micro.getByName('rpc'), Number(q('n'))) };
  },
  '/micro': (q, env) => env.Micro.getByName('micro').run(q('case'), Number(q('n'))),
  '/sizes': (_q, env) => env.Micro.getByName('micro').sizes(),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const route = routes[url.pathname];
    if (!route) return new Response('not found', { status: 404 });
    try {
      const answer = await route((name) => url.searchParams.get(name) ?? '', env);
      return typeof answer === 'string' ? new Response(answer) : Response.json(answer);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
} satisfies ExportedHandler<Env>;
