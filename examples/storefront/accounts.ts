/** Who can sign in to the demo. The same ids as in `db/seed/customers.ts`; what Selvedge knows about them lives there. */
export interface Account {
  readonly id: string;
  readonly firstName: string;
  readonly about: string;
}

export const ACCOUNTS = {
  sarah: { id: 'cus-sarah', firstName: 'Sarah', about: 'Bronze member. Buys women’s, always in S.' },
  marcus: { id: 'cus-marcus', firstName: 'Marcus', about: 'Gold member. Runs, reads labels, wears L.' },
  yuna: { id: 'cus-yuna', firstName: 'Yuna', about: 'Silver member. Shops for two small children.' },
} as const satisfies Record<string, Account>;

export function findAccount(name: unknown): Account | null {
  return typeof name === 'string' && Object.hasOwn(ACCOUNTS, name) ? ACCOUNTS[name as keyof typeof ACCOUNTS] : null;
}

/** A customer who did not exist a second ago. */
export function newAccount(firstName: string): Account {
  return { id: `cus-${crypto.randomUUID()}`, firstName: firstName.trim().slice(0, 40) || 'Friend', about: '' };
}
