import type { SampleReply } from '../../../core/interaction/copy-for-sample.ts';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import type { SampleKeeper } from './sample-keeper.ts';

export interface RefreshParts {
  readonly keeper: SampleKeeper;
  readonly copy: (profile: ProfileId) => Promise<SampleReply>;
  /** A page of the index; `next`: where the one after it begins, null: it was the last. */
  readonly indexed: (after: string, size: number) => Promise<IndexPage>;
  readonly now: () => Instant;
}

interface IndexPage {
  readonly next: string | null;
  readonly profiles: readonly ProfileId[];
}

export interface RefreshBudget {
  readonly until: Instant;
  /** Most profiles that are copied. */
  readonly copies: number;
}

/** Copied side by side. */
const AT_ONCE = 32;
const INDEX_PAGE = 1_000;

/** Reads on in the index, then copies who is stale, until all is done or the budget is spent. Whoever cannot be reached stays stale. */
export async function refreshSample(
  { keeper, copy, indexed, now }: RefreshParts,
  { until, copies }: RefreshBudget,
): Promise<void> {
  for (let cursor = keeper.seedCursor(); cursor !== null && now() < until; cursor = keeper.seedCursor()) {
    const { next, profiles } = await indexed(cursor, INDEX_PAGE);
    keeper.seeded(next, profiles);
  }
  const tried = new Set<ProfileId>();
  while (tried.size < copies && now() < until) {
    const asked = keeper.stale(Math.min(AT_ONCE, copies - tried.size), tried);
    if (asked.length === 0) return;
    for (const profile of asked) tried.add(profile);
    keeper.begin(asked);
    const takenAt = now();
    const fetched = asked.map(async (profile) => ({
      profile,
      takenAt,
      reply: await copy(profile).catch(() => null),
    }));
    keeper.take(await Promise.all(fetched));
  }
}
