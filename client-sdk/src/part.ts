import type { Parts } from './start.ts';

/** Parts of the file that stand before its base leave themselves here. */
export const page = window as unknown as { selvedgeParts?: Parts };
