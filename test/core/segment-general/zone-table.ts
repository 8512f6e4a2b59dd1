import type { Instant } from '../../../core/lib/ids.ts';
import { compileZone } from '../../../core/segment/compile/zone-table.ts';
import type { ZoneTable } from '../../../core/segment/runtime/program.ts';

const TABLES = new Map<string, ZoneTable>();

/** The table of a zone, made once: from 1900 to 2056. */
export function zoneTable(name: string): ZoneTable {
  const table = TABLES.get(name) ?? compileZone(name, Date.UTC(2026, 0, 1) as Instant);
  TABLES.set(name, table);
  return table;
}
