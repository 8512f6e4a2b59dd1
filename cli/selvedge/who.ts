import { CliError, EXIT } from './cli-error.ts';

export interface IdentityName {
  readonly namespace: string;
  readonly value: string;
}
export type Who = IdentityName | { readonly profile: string };

/** `email:ada@shop.example`, or the id of a profile. */
export function readWho(text: string): Who {
  return text.startsWith('prf_') ? { profile: text } : readIdentity(text);
}

export function readIdentity(text: string): IdentityName {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1)
    throw new CliError(
      `"${text}" names nobody.`,
      EXIT.usage,
      'Write namespace:value, as in customer:4711 or email:ada@shop.example, or a profile id (prf_…).',
    );
  return { namespace: text.slice(0, colon), value: text.slice(colon + 1) };
}

export function nameOf({ namespace, value }: IdentityName): string {
  return `${namespace}:${value}`;
}
