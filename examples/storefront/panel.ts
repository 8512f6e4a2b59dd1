import { decide } from './selvedge-client.ts';
import { finish, type Visit } from './visit.ts';

const ALL = ['hero', 'offer-strip', 'greeting', 'gift-message', 'spotlight', 'gift-wrap', 'promises'];

/**
 * What Selvedge knows of the visitor who asks, for the panel of the demo. The visitor is the one of the HttpOnly cookie and cannot be
 * named otherwise; contents and the token stay on the server.
 */
export async function panelData(visit: Visit): Promise<Response> {
  const site = visit.request.headers.get('sec-fetch-site');
  const headers = { 'cache-control': 'no-store' };
  if (site !== null && site !== 'same-origin')
    return Response.json({ error: 'for pages of this shop' }, { status: 403, headers });
  const answer = await decide(visit, { placements: ALL, include: ['profile', 'recent', 'trace'] });
  if (!answer) return finish(visit, Response.json({ degraded: true }, { headers }));
  const { sequence, visitor, propositions, memberships, profile, recent, trace, degraded } = answer;
  return finish(
    visit,
    Response.json(
      {
        sequence,
        state: visitor.state,
        memberships,
        profile: profile ?? null,
        recent: recent ?? [],
        trace: trace ?? [],
        degraded: degraded ?? false,
        propositions: propositions.map(({ placement, offer, reason }) => ({ placement, offer, reason })),
      },
      { headers },
    ),
  );
}
