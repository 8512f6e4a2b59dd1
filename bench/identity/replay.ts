import type { IdentityKey } from '../../core/identity/identity-key.ts';
import { createGraph } from '../../core/identity/replay/identity-graph.ts';
import { createLink, type Link } from '../../core/identity/replay/link.ts';
import { planLinks } from '../../core/identity/replay/plan-links.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { median } from '../stats.ts';

/** CPU milliseconds of one replay of a full graph: a person, their addresses and devices, 50 identities, and a login on one more device. */
export function replayMs(rules: StitchRules): number {
  const person = 'customer:p' as IdentityKey;
  const others = Array.from({ length: 49 }, (_, i) => `${i < 5 ? 'email' : 'device'}:${i}` as IdentityKey);
  const at = (seq: number) => ({ at: (1_700_000_000_000 + seq) as Instant, seq });
  const links: Link[] = others.map((other, i) => createLink(person, other, at(i), true));
  for (let i = 0; i + 1 < others.length; i += 2)
    links.push(createLink(others[i] as IdentityKey, others[i + 1] as IdentityKey, at(100 + i), false));
  const request = {
    keys: [person, 'device:new' as IdentityKey],
    stamp: at(1000),
    verified: true,
    newcomers: new Set<IdentityKey>(),
    merges: 0,
    force: false,
  };
  const times: number[] = [];
  for (let round = 0; round < 60; round++) {
    const from = process.cpuUsage();
    for (let i = 0; i < 50; i++) planLinks(createGraph(links), request, rules);
    const { user, system } = process.cpuUsage(from);
    if (round >= 20) times.push((user + system) / 1000 / 50);
  }
  return median(times);
}
