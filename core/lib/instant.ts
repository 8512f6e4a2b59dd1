import type { Instant } from './ids.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
/** A day is 24 hours exactly; calendar days belong to the segment language. */
export const DAY_MS = 24 * HOUR_MS;

const ISO = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Parses an ISO 8601 instant with an offset; null for anything else, impossible dates included. */
export function parseInstant(text: string): Instant | null {
  const parts = ISO.exec(text);
  if (!parts) return null;
  // Date.parse rolls the 30th of February over into March.
  const lastDay = new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  if (Number(parts[3]) > lastDay) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : (ms as Instant);
}

export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

/** `2026-11-22T06`: the UTC hour that an instant belongs to, used as the key of archives and rollups. */
export function hourOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 13);
}

export function dayOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}
