import type { KeptReceipt } from '../../core/decision/kept-receipt.ts';
import { parseLeftOut, parseReceipt } from '../../core/decision/receipt.schema.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { timeOfRequest } from '../http/request-id.ts';
import { findReceipt } from '../stores/receipt-store.ts';

const PROPOSITION = /^prp_([a-z0-9]{20})_\d{1,2}(?:_\d{1,2})?$/;

/** Receipts of answers, by the id of a proposition. */
export interface DecisionReader {
  /** `malformed`: no id of a proposition. `missing`: not drained yet (it takes up to 30 s), previewed, too old, bent, or never given. */
  receiptOf(space: Space, proposition: string): Promise<KeptReceipt | 'malformed' | 'missing'>;
}

export function createDecisionReader(archive: R2Bucket): DecisionReader {
  return {
    async receiptOf(space, proposition) {
      const request = PROPOSITION.exec(proposition)?.[1];
      const at = request === undefined ? null : timeOfRequest(request);
      if (request === undefined || at === null) return 'malformed';
      const found = await findReceipt(archive, space, request, at as Instant);
      // Whoever may write to the archive could put anything there; what has the form of a receipt has to agree with its replay.
      if (!found) return 'missing';
      const receipt = parseReceipt(found);
      return receipt.ok ? receipt.value : (parseLeftOut(found) ?? 'missing');
    },
  };
}
