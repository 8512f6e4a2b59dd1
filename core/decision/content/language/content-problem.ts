/** What is wrong with content. Details name the place, never a visitor's value. */
export interface ContentProblem {
  /** JSON pointer into the content. */
  readonly pointer: string;
  readonly code: keyof typeof CONTENT_PROBLEMS;
  readonly detail: string;
}

export const CONTENT_PROBLEMS = {
  contentKind: 'content does not fit the kind of its placement',
  templateSyntax: 'a template cannot be read',
  unknownValue: 'a template names a value that does not exist',
  privateValue: 'a template would show a value that is not declared public',
  unsafePlace: 'a placeholder stands where no value can be made safe',
  unsafeHtml: 'HTML would run code or change the whole page',
  unsafeUrl: 'an address is neither http(s) nor relative, or leads to a host that is not allowed',
} as const;
