import { describe, expect, it } from 'vitest';
import { stableJson } from '../../../core/lib/stable-json.ts';
import { compileDraft, type StoredResource } from '../../../core/ruleset/draft.ts';
import { RESOURCE_KINDS } from '../../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS, RESOURCE_SCHEMAS } from '../../../core/ruleset/schema.ts';
import { EVERYTHING } from './references/named-everything.ts';
import { NOW, SPACE } from './ruleset-fixture.ts';

const NOTES = { description: 'What it is for', folder: 'summer/sale', tags: ['sale', 'Big Ones'], owner: 'ada' };

const partsOf = (draft: readonly StoredResource[]) => {
  const compiled = compileDraft(SPACE, draft, NOW);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
};
const noted = (notes: object) => EVERYTHING.map((each) => ({ ...each, body: { ...(each.body as object), ...notes } }));
const example = (kind: string) => EVERYTHING.find((each) => each.kind === kind)?.body as object;

describe.each(RESOURCE_KINDS)('annotations of a %s', (kind) => {
  it('are kept as they are put', () => {
    const body = { ...example(kind), ...NOTES };
    for (const schema of [RESOURCE_SCHEMAS[kind], ...(kind === 'source' ? [] : [RESOURCE_INPUT_SCHEMAS[kind]])]) {
      expect(schema.parse(body)).toMatchObject(NOTES);
    }
  });

  it.each([
    ['a text that is too long', { description: 'x'.repeat(2001) }, ['description']],
    ['a folder that climbs', { folder: '../up' }, ['folder']],
    ['a folder that begins at the root', { folder: '/a' }, ['folder']],
    ['an empty step', { folder: 'a//b' }, ['folder']],
    ['a tag twice', { tags: ['a', 'b', 'a'] }, ['tags', 2]],
    ['too many tags', { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, ['tags']],
    ['a long owner', { owner: 'x'.repeat(65) }, ['owner']],
  ])('refuse %s', (_, notes, path) => {
    const parsed = RESOURCE_SCHEMAS[kind].safeParse({ ...example(kind), ...notes });
    expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

describe('annotations', () => {
  it('change nothing of what is compiled, but for the tags of offers', () => {
    const bare = partsOf(EVERYTHING);
    const { tags, ...rest } = NOTES;
    expect(stableJson(partsOf(noted(rest)))).toBe(stableJson(bare));
    const tagged = partsOf(noted({ tags }));
    expect(tagged.decisions.offers.map((offer) => offer.tags)).toEqual([tags, tags, tags]);
    const untagged = { ...tagged.decisions, offers: tagged.decisions.offers.map(({ tags: _, ...offer }) => offer) };
    expect(stableJson({ ...tagged, decisions: untagged })).toBe(stableJson(bare));
  });
});
