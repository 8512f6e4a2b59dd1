import { byteLength } from '../lib/byte-length.ts';
import { limit } from '../lib/limits.ts';
import type { Receipt } from './receipt.ts';

/** Limits that a receipt may be over. */
export const LEFT_OUT_FOR = ['receiptBytes', 'receiptsWaitingBytes'] as const;

/** Stands where a receipt would be that is too large to be kept, so that it can be told. */
export interface LeftOutReceipt extends Pick<Receipt, 'request' | 'at' | 'sequence' | 'profile'> {
  readonly v: 2;
  readonly leftOut: (typeof LEFT_OUT_FOR)[number];
  /** Of the receipt. */
  readonly bytes: number;
}

export type KeptReceipt = Receipt | LeftOutReceipt;

/** The receipt, or what stands for it beside those that wait already. */
export function keptReceipt(receipt: Receipt, waiting: readonly KeptReceipt[]): KeptReceipt {
  const bytes = bytesOf(receipt);
  const { request, at, sequence, profile } = receipt;
  const leave = (leftOut: LeftOutReceipt['leftOut']): LeftOutReceipt => ({
    v: 2,
    request,
    at,
    sequence,
    profile,
    leftOut,
    bytes,
  });
  if (bytes > limit('receiptBytes')) return leave('receiptBytes');
  const before = waiting.reduce((sum, each) => sum + bytesOf(each), 0);
  return before + bytes > limit('receiptsWaitingBytes') ? leave('receiptsWaitingBytes') : receipt;
}

function bytesOf(receipt: KeptReceipt): number {
  return byteLength(JSON.stringify(receipt));
}
