/** Why a row of a catalogue is no item. Closed; `describeItemProblem` has the sentence. */
export type ItemProblem =
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'missing'; readonly field: string }
  | { readonly kind: 'tooLong'; readonly field: string; readonly max: number }
  | { readonly kind: 'badText'; readonly field: string; readonly detail: string }
  | { readonly kind: 'badPrice'; readonly field: string; readonly value: string; readonly detail: string }
  | { readonly kind: 'noCurrency'; readonly field: string }
  | { readonly kind: 'wrongCurrency'; readonly field: string; readonly value: string; readonly wanted: string }
  | { readonly kind: 'salePriceAbovePrice' }
  | { readonly kind: 'badUrl'; readonly field: string; readonly value: string }
  | { readonly kind: 'badAvailability'; readonly value: string };

/** One line for people: what is wrong, and what to do. */
export function describeItemProblem(problem: ItemProblem): string {
  switch (problem.kind) {
    case 'unreadable':
      return problem.detail;
    case 'missing':
      return `${problem.field} is missing`;
    case 'tooLong':
      return `${problem.field} is longer than ${problem.max} characters`;
    case 'badText':
      return `${problem.field}: ${problem.detail}`;
    case 'badPrice':
      return `${problem.field}: "${problem.value}" ${problem.detail}`;
    case 'noCurrency':
      return `${problem.field} names no currency: write 79.00 EUR, or say --currency EUR`;
    case 'wrongCurrency':
      return `${problem.field} is in ${problem.value}, the catalogue is in ${problem.wanted}`;
    case 'salePriceAbovePrice':
      return 'the sale price is above the price';
    case 'badUrl':
      return `${problem.field}: "${problem.value}" is no http or https address and no path of the site`;
    case 'badAvailability':
      return `availability: "${problem.value}" is none of in stock, out of stock, preorder, backorder`;
  }
}
