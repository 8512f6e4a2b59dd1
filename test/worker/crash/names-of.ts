export interface Name {
  readonly namespace: string;
  readonly value: string;
}

/** All ids that a customer is known by. */
export function namesOf(customer: string): readonly Name[] {
  return [
    { namespace: 'customer', value: customer },
    { namespace: 'loyalty', value: `loyalty-${customer}` },
    { namespace: 'email', value: `${customer}@shop.test` },
  ];
}
