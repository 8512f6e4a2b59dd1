import type { Space } from '../lib/ids.ts';
import { isOrigin, spaceOfKey } from './names.ts';
import type { RulesetProblem } from './problem.ts';
import type { Source } from './resources.ts';

/** Everything wrong with sources, alone and among each other. */
export function sourceProblems(space: Space, sources: readonly Source[]): readonly RulesetProblem[] {
  const problems: RulesetProblem[] = [];
  const say = (source: Source, pointer: string, code: RulesetProblem['code'], detail: string): void => {
    problems.push({ kind: 'source', id: source.id, pointer, code, detail });
  };
  const holders = new Map<string, string>();
  for (const source of sources) {
    source.writeKeys.forEach((key, index) => {
      if (spaceOfKey(key, 'wk') !== space)
        say(source, `/writeKeys/${index}`, 'wrongSpace', `A write key of this space begins with wk_${space}.`);
    });
    for (const [member, keys] of [
      ['writeKeys', source.writeKeys],
      ['serverKeyHashes', source.serverKeyHashes],
    ] as const) {
      keys.forEach((key, index) => {
        const holder = holders.get(key);
        if (holder !== undefined)
          say(source, `/${member}/${index}`, 'duplicateKey', `The source "${holder}" holds the same key.`);
        else holders.set(key, source.id);
      });
    }
    source.allowedOrigins.forEach((origin, index) => {
      const pointer = `/allowedOrigins/${index}`;
      if (!isOrigin(origin))
        say(
          source,
          pointer,
          'invalidOrigin',
          'An origin has a scheme, a host and perhaps a port: https://shop.example',
        );
      else if (source.crossSite && source.identityMode === 'cookie' && !isSecure(origin)) {
        say(source, pointer, 'crossSiteCookie', 'Browsers keep cross-site cookies for https only.');
      }
    });
  }
  return problems;
}

/** Browsers treat loopback as secure. */
function isSecure(origin: string): boolean {
  return origin.startsWith('https:') || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(origin);
}
