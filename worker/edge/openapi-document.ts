/** Filled in below once every operation exists. */
export function openapiDocument(): unknown {
  return { openapi: '3.1.0', info: { title: 'Selvedge', version: '0.1.0' }, paths: {} };
}
