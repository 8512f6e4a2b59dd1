import type { IdentityKey } from '../identity-key.ts';
import type { LockedReply } from './message.ts';
import type { Pid } from './pid.ts';
import type { ProtocolContext } from './protocol-context.ts';

/**
 * The profile that hosts each component. The lowest one whose anchor is inside, so that forward pointers only go down; without
 * an anchor the lowest participant that has some of it already and hosts nothing else; else one made for it, the same for a
 * repetition of the operation.
 */
export function hostsOf(
  parts: readonly (readonly IdentityKey[])[],
  held: readonly { readonly pid: Pid; readonly reply: LockedReply }[],
  homes: ReadonlyMap<IdentityKey, Pid>,
  operation: string,
  { madePid, defects }: ProtocolContext,
): readonly Pid[] {
  const hosts = parts.map((members) => {
    const anchored = held.filter(({ reply }) => reply.anchor !== null && members.includes(reply.anchor));
    const sorted = anchored.map(({ pid }) => pid).sort();
    return (defects.has('absorbUpwards') ? sorted.at(-1) : sorted[0]) ?? null;
  });
  parts.forEach((members, part) => {
    if (hosts[part] !== null) return;
    const homeless = members.map((key) => homes.get(key) as Pid).filter((pid) => !hosts.includes(pid));
    const like = homes.get(members[0] as IdentityKey) as Pid;
    hosts[part] = homeless.sort()[0] ?? madePid(`${operation}\n${members.toSorted()[0]}`, like);
  });
  return hosts as readonly Pid[];
}
