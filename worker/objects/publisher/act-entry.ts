import type { Instant } from '../../../core/lib/ids.ts';
import type { AuditAction } from '../../../core/ruleset/audit-entry.ts';
import type { Actor } from '../../../core/ruleset/publisher-rpc.ts';
import type { AuditDraft } from './audit-chain.ts';

/** An entry of the audit, empty but for what is said. */
export function actEntry(
  { name, requestId, from }: Actor,
  at: Instant,
  action: AuditAction,
  about: Pick<AuditDraft, 'kind' | 'subject'> & Partial<AuditDraft>,
): AuditDraft {
  return {
    at,
    actor: name,
    requestId,
    from: from ?? null,
    action,
    beforeVersion: null,
    beforeHash: null,
    afterVersion: null,
    afterHash: null,
    note: null,
    ...about,
  };
}
