/** How a string of the content reaches the page. */
export type TextUse = 'html' | 'plain' | 'url' | 'redirect' | 'fixed';
