import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';

/** Says that a folder is one of ours, and for which space. */
export const PROJECT_FILE = 'selvedge.yaml';
export const CONFIG_FILE = 'selvedge.config.ts';
export const SCHEMA_FOLDER = '.selvedge/schemas';
/** What was on the server when the files were last written or pushed. Of this machine: it is not for the repository. */
export const BASE_FILE = '.selvedge/base.json';

export function fileOf(kind: ResourceKind, id: string): string {
  return `${KINDS[kind].plural}/${id}.yaml`;
}

export const KIND_FOLDERS: ReadonlyMap<string, ResourceKind> = new Map(
  RESOURCE_KINDS.map((kind) => [KINDS[kind].plural, kind]),
);
