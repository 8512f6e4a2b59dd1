import { z } from 'zod';
import type { Source } from '../../core/ruleset/resources.ts';
import { mintKey } from './mint-key.ts';
import { refused } from './publisher-answer.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const MAX_KEYS = 20;
const ATTEMPTS = 4;

export const serverKeyRoutes: readonly Route[] = [
  route(
    {
      id: 'createServerKey',
      method: 'post',
      path: '/sources/{id}/server-keys',
      tag: 'sources',
      needs: 'credentials',
      summary:
        'Make a server key. It is shown this once; live after the next publish. Revoke it by putting the source without its hash',
      responses: { 201: z.object({ key: z.string(), hash: z.string(), version: z.number().int() }) },
      problems: [...COMMON_PROBLEMS, 'notFound', 'conflict'],
    },
    async ({ services, space, actor, param }) => {
      const id = param('id');
      const key = mintKey('sk', space, services.randomBytes);
      const hash = await services.sha256(key);
      for (let attempt = 1; ; attempt++) {
        const present = await services.config.find(space, 'source', id);
        if (!present || present.archived) return { problem: 'notFound' };
        const source = JSON.parse(present.body) as Source;
        if (source.serverKeyHashes.length >= MAX_KEYS) {
          return {
            problem: 'conflict',
            extras: { detail: `A source holds at most ${MAX_KEYS} server keys; revoke one first.` },
          };
        }
        const body = JSON.stringify({ ...source, serverKeyHashes: [...source.serverKeyHashes, hash] });
        const changed = await services
          .publisher(space)
          .change({ actor, kind: 'source', id, body, expectedVersion: present.version });
        if (changed.ok) return { status: 201, body: { key, hash, version: changed.value.version } };
        if (changed.error.kind !== 'stale' || attempt === ATTEMPTS) return refused(changed.error);
      }
    },
  ),
];
