/** Parts that a budget is handed out in: so many that what lies about unused is little, so few that asking for one is rare. */
const PARTS = 200;
const LARGEST = 500;

/** How much of a budget is leased at a time. */
export function leaseSize(total: number): number {
  return Math.min(LARGEST, Math.max(1, Math.floor(total / PARTS)));
}

/** What may be handed out of a budget of which `granted` is out: never more than is left, whatever is wanted. */
export function grantLease(granted: number, total: number, wanted: number): number {
  return Math.max(0, Math.min(Math.floor(wanted), Math.floor(total) - granted));
}
