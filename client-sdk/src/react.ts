import { createElement, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Client } from './index.ts';
import type { ContentOf, Decision, PlacementId } from './placements.ts';

/** What a placement holds now: the fallback until it is decided, and what each later answer changes. No client on a server. */
export function useDecision<P extends PlacementId>(
  client: Client | null,
  placement: P,
  fallback: ContentOf<P>,
): Decision<P> {
  const none = { id: '', placement, kind: null, offer: null, content: fallback, reason: 'degraded' } as const;
  const [decision, setDecision] = useState<Decision<P>>(none);
  useEffect(() => {
    const take = (one: unknown): void => setDecision(one as Decision<P>);
    void client?.decide(placement, fallback).then(take);
    return client?.on('proposition', (one) => {
      if (one.placement === placement) take(one.offer || one.content !== null ? one : { ...one, content: fallback });
    });
  }, [client, placement]);
  // Another placement's decision is none of this one's.
  return decision.placement === placement ? decision : none;
}

export interface PlacementProps<P extends PlacementId> {
  readonly client: Client | null;
  readonly id: P;
  readonly fallback: ContentOf<P>;
  readonly children: (decision: Decision<P>) => ReactNode;
}

/** Renders a decision with the page's own components, and counts its impressions and clicks. */
export function Placement<P extends PlacementId>({ client, id, fallback, children }: PlacementProps<P>): ReactNode {
  const decision = useDecision(client, id, fallback);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (ref.current) client?.observe(id, ref.current);
  }, [client, id, decision.id]);
  return createElement('div', { ref }, children(decision));
}
