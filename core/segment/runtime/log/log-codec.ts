/**
 * The stored form of a log: little-endian numbers of 64 bits, in which narrower ones are packed; every part starts at a multiple of 8 bytes.
 *
 * - head: version, rows, columns, length of the text in bytes; then parts, then the text: all strings of all dictionaries
 * - vectors of whole numbers: smallest value, width in bytes (0: all are equal), then the differences to the smallest
 * - numbers of a column: decimals and the marker of absence, then a vector of value × 10^decimals; or RAW and doubles, NaN for absent
 * - times: the first one, then a vector of gaps
 */
export const LOG_CODEC_VERSION = 1;
export const RAW = -1;
/** Decimals that are tried, in this order. */
export const DECIMALS: readonly number[] = [0, 2, 1, 3, 4];
/** The text begins with this unit, lest a decoder takes a byte order mark of ours for its own. */
export const TEXT_START = '\n';
export const HEAD_NUMBERS = 4;
