import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Functions of GrowthBook's SDK that its entry does not export; the cases of its cases.json are named after them. */
export interface GrowthBookUtil {
  hash(seed: string, value: string, version: number): number | null;
  getBucketRanges(variations: number, coverage?: number, weights?: readonly number[]): readonly [number, number][];
  chooseVariation(n: number, ranges: readonly (readonly [number, number])[]): number;
  inNamespace(value: string, namespace: readonly [string, number, number]): boolean;
  getEqualWeights(n: number): readonly number[];
}

/** From the file of the installed package: what the published SDK does. */
export async function loadGrowthBookUtil(): Promise<GrowthBookUtil> {
  const root = createRequire(import.meta.url).resolve('@growthbook/growthbook/package.json');
  return (await import(new URL('./dist/esm/util.mjs', pathToFileURL(root)).href)) as GrowthBookUtil;
}
