import { DEFAULT_IDENTITY } from '../core/identity/identity-config.ts';
import { limit } from '../core/lib/limits.ts';

type Table = (rows: readonly (readonly string[])[]) => string;

/** The page about namespaces: what can be configured, and the defaults as the code has them. */
export function namespacesPage(table: Table): string {
  const { namespaces, blocked, policy, limits } = DEFAULT_IDENTITY;
  return `# Namespaces

A namespace is a kind of id. Which there are, and how identities become people, is the setting \`identity\`: \`PUT /v1/admin/settings/identity\`,
live after the next publish. What is left out is the default; a read shows everything written out and can be put back as it is. What follows from it is in [people](people.md).

## By default

${table([
  ['code', 'type', 'unique', 'priority', 'normaliser', 'links with'],
  ...namespaces.map(({ code, type, unique, priority, normalise, linkTrust }) => [
    `\`${code}\``,
    type,
    unique ? 'yes' : '',
    String(priority),
    normalise,
    code === 'device' ? 'its signed token' : linkTrust === 'verified' ? 'a proof or a server key' : 'a claim',
  ]),
])}

- **Priority** 1 is the highest. An event belongs to the highest identity that it names; conflicts are decided by the sum of a link's two.
- **Unique**: at most one value a person, of at most three namespaces. Devices and cookies are never unique, and rank below everything else.
- **\`limit\`**, with \`windowMs\`: most values a person, all in all or within that time before the newest link.
- **Normaliser**: \`none\` as it came; \`trim\` edges cut, Unicode composed; \`lower\` besides in lower case; \`email\` lower case with one \`@\`; \`phone\`
  E.164, and a national number is none. Letters of other alphabets that look alike stay different people.
- **\`pattern\`**: a regular expression that the normalised value must match whole. It may repeat no group that holds a repeat or an alternative.
- **\`linkTrust\`**: \`verified\` links only what a [proof](proof.md) or a server key stands behind; \`claimed\` links what a page says.
- \`device\` (minted by us) and \`anonymous\` (a client's own id) are reserved: they are there without being listed, and keep their types.

## How trust works

| who says it | what happens |
| --- | --- |
| a server key, of whatever it names; a proof, of the person whom it names | it links |
| a page, in a namespace with \`linkTrust: claimed\` | it links, and never displaces what was proven (\`displace: authenticated\`) |
| a page, otherwise | it is stored as a claim, visible as such; it links nothing and reveals nothing |
| anybody, of \`device\` | a claim: a device is proven by its signed visitor token only |

A value that names nobody is left out, which the answer tells in [\`ignored\`](answers.md#why-an-id-of-an-event-was-left-out), and the event lives if somebody is left: a proven device, or another identity. These refuse the event:

| code | when |
| --- | --- |
| \`ambiguousIdentity\` | two values of a unique namespace, also when they are only claimed; two values of the highest namespace that links |
| \`tooManyIdentities\` | more than ${limits.maxIdentitiesPerEvent}, or than \`limits.maxIdentitiesPerEvent\` |
| \`blockedIdentity\` | nobody is left: unknown namespaces, blocked values, values that are none of their kind or over ${limit('identityValue')} bytes |

## Blocked values

In \`blocked\`, each \`{namespace, match, value}\` with \`*\` for every namespace; \`match\` is \`exact\`, \`iexact\` (any case), \`regex\`, \`notregex\`,
\`blank\`, \`maxlen\` (characters) or \`namespace\` (all of it). A list replaces the default, which is:

${table([
  ['namespace', 'match', 'value'],
  ...grouped(blocked).map(({ namespace, match, values }) => [
    namespace === '*' ? 'every' : `\`${namespace}\``,
    match,
    values.map((value) => `\`${value}\``).join(', '),
  ]),
])}

## Policy and limits

${table([
  ['member', 'default', 'means'],
  [
    '`policy.anonymousHistory`',
    `\`${policy.anonymousHistory}\``,
    '`stay`: what a device did before its person left stays with that person; `follow-device`: it goes along',
  ],
  [
    '`policy.displace`',
    `\`${policy.displace}\``,
    '`authenticated`: a claim never displaces a proof; `any`: the newest wins',
  ],
  [
    '`policy.maxClockSkewMs`',
    String(policy.maxClockSkewMs),
    'how far a clock may run ahead; a login counts no later than its arrival and this',
  ],
  [
    '`policy.anonymousTtlMs`',
    String(policy.anonymousTtlMs),
    'idle time after which a profile of anonymous identities only ends; `null` keeps it',
  ],
  [
    '`policy.anonymousNamespaces`',
    `\`${JSON.stringify(policy.anonymousNamespaces)}\``,
    'which count as anonymous; `null`: every device and cookie',
  ],
  [
    '`policy.identityTtlMs`',
    `\`${JSON.stringify(policy.identityTtlMs)}\``,
    'single identities stay, however idle: only `null` is taken',
  ],
  [
    '`limits.maxIdentities`',
    String(limits.maxIdentities),
    'of one profile, 2 to 50; the next one evicts the oldest of the least telling type',
  ],
  ['`limits.maxIdentitiesPerEvent`', String(limits.maxIdentitiesPerEvent), 'of one event, 1 to 20'],
  [
    '`limits.maxMerges`',
    String(limits.maxMerges),
    'merges that made one profile; beyond it events are kept and link nothing',
  ],
])}

## Changing a live space

Adding a namespace is always fine. Graphs that exist change only when they are next updated, and nothing stored is written anew; so these come with a
\`warning\` in the answer of \`publish\` (and of \`rollback\`), and are live all the same:

| warning | what stays behind |
| --- | --- |
| \`namespaceRemoved\` | links by its values stay as they are; new events that name it link nothing by it |
| \`normaliserChanged\` | values stored in the old form are not found by events that are written otherwise: import them anew |
| \`typeChanged\` | profiles keep what the type meant (eviction, expiry) until their next link |
| \`uniqueAdded\` | a profile with two values is taken apart at its next link |
`;
}

/** One row for the values of one namespace and match. */
function grouped(blocked: typeof DEFAULT_IDENTITY.blocked) {
  const rows = new Map<string, { namespace: string; match: string; values: string[] }>();
  for (const { namespace, match, value } of blocked) {
    const row = rows.get(`${namespace} ${match}`) ?? { namespace, match, values: [] };
    if (value !== null) row.values.push(String(value));
    rows.set(`${namespace} ${match}`, row);
  }
  return [...rows.values()];
}
