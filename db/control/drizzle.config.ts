import { defineConfig } from 'drizzle-kit';

/** `drizzle-kit generate --config db/control/drizzle.config.ts`; then see `db/control/README.md` for the one edit by hand. */
export default defineConfig({
  dialect: 'sqlite',
  driver: 'd1-http',
  schema: ['./db/control/schema.ts', './db/control/change-set-tables.ts'],
  out: './db/control/migrations',
  casing: 'snake_case',
});
