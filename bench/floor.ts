import { DurableObject } from 'cloudflare:workers';

/**
 * FROZEN. The least that any product of this kind must do, as the yardstick of the benchmark: read the request, one call
 * to one object, one INSERT of what was sent, one answer of the same bytes as ours. No JSON, no validation, no identity,
 * no alarm, no log line. Changing this file makes old and new ratios incomparable: do not tune it, in either direction.
 */
interface Env {
  readonly FLOOR: DurableObjectNamespace<Floor>;
  /** Case → the answer that ours gave, as JSON. */
  readonly ANSWERS: string;
}

interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let answers: Readonly<Record<string, Answer>> | null = null;

export class Floor extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID');
  }

  keep(body: string, answer: string): string {
    this.#sql.exec('INSERT INTO entry VALUES (?, ?)', crypto.randomUUID(), body);
    answers ??= JSON.parse(this.env.ANSWERS) as Readonly<Record<string, Answer>>;
    return answers[answer]?.body ?? '';
  }
}

// biome-ignore lint/style/noDefaultExport: the module that workerd runs
export default {
  async fetch(request, env) {
    answers ??= JSON.parse(env.ANSWERS) as Readonly<Record<string, Answer>>;
    const name = request.headers.get('cookie') ?? crypto.randomUUID();
    const kind = request.url.slice(request.url.lastIndexOf('=') + 1);
    const text = await env.FLOOR.get(env.FLOOR.idFromName(name)).keep(await request.text(), kind);
    return new Response(text, { headers: answers[kind]?.headers ?? {} });
  },
} satisfies ExportedHandler<Env>;
