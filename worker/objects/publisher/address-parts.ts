import type { ContentPart } from '../../../core/ruleset/content.ts';
import type { CompiledParts, ManifestParts } from '../../../core/ruleset/manifest.ts';
import { sha256Hex } from '../../sha256.ts';

/** Parts under their hashes. */
export interface AddressedParts {
  readonly parts: ManifestParts;
  /** Hash → JSON. */
  readonly bodies: ReadonlyMap<string, string>;
}

export async function addressParts(parts: CompiledParts, content: ContentPart): Promise<AddressedParts> {
  const named: [string, unknown][] = [
    ['program', parts.program],
    ['decisions', parts.decisions],
    ['rules', parts.rules],
    ['sources', parts.sources],
    ['identity', parts.identity],
    ...(parts.retention ? [['retention', parts.retention] as [string, unknown]] : []),
    ...(parts.plans ? [['plans', parts.plans] as [string, unknown]] : []),
    ...(parts.browserRules ? [['browserRules', parts.browserRules] as [string, unknown]] : []),
    ...Object.entries(parts.browser).map(([source, part]): [string, unknown] => [`browser/${source}`, part]),
    ['content', content],
  ];
  const hashes: Record<string, string> = {};
  const bodies = new Map<string, string>();
  for (const [name, part] of named) {
    const body = JSON.stringify(part);
    const hash = await sha256Hex(body);
    hashes[name] = hash;
    bodies.set(hash, body);
  }
  return { parts: hashes, bodies };
}
