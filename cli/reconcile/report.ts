import type { ReconcileReport } from './run-reconcile.ts';

const SHOWN = 20;

/** The report as a person reads it: what differed, row by row, and a table of before and after. */
export function describeReport(report: ReconcileReport): readonly string[] {
  const { before, after } = report;
  const lines: string[] = [];
  for (const { hour, source, type, before: was, after: is } of before.events.slice(0, SHOWN)) {
    lines.push(`  ${hour}  ${source}  ${type}: rollup ${was}, facts ${is}`);
  }
  if (before.events.length > SHOWN) lines.push(`  … and ${before.events.length - SHOWN} more event rows`);
  for (const { hour, placement, offer, before: was, after: is } of before.offers.slice(0, SHOWN)) {
    lines.push(
      `  ${hour}  ${placement}/${offer || 'fallback'}: impressions ${was.impressions} → ${is.impressions}, clicks ${was.clicks} → ${is.clicks}`,
    );
  }
  if (before.offers.length > SHOWN) lines.push(`  … and ${before.offers.length - SHOWN} more offer rows`);
  for (const { segment, before: was, after: is } of before.members.slice(0, SHOWN)) {
    lines.push(`  members of ${segment}: rollup ${was}, profiles ${is}`);
  }
  if (before.members.length > SHOWN) lines.push(`  … and ${before.members.length - SHOWN} more segments`);
  if (lines.length > 0) lines.unshift('What differed:');
  lines.push(
    '',
    `objects ${report.objects} · profiles ${report.profiles} · facts ${report.facts} · doubled ${report.doubled} · chunks drained ${report.chunksDrained} · archive ${before.archive.hours} hours, ${before.archive.files} files, ${before.archive.lines} lines`,
    '',
    row('', 'before', 'after'),
    row('facts missing in the archive', before.archive.missing, after?.archive.missing),
    row('event rows that differ', before.events.length, after?.events.length),
    row('impression and click rows that differ', before.offers.length, after?.offers.length),
    row('observed segments with other members', before.members.length, after?.members.length),
    row('stale rows of the people index', before.staleIndex, after?.staleIndex),
    row('archived ids without a fact (left alone)', before.archive.extra, after?.archive.extra),
  );
  if (report.moving > 0) lines.push(`${report.moving} rows were left alone: facts for them arrived meanwhile.`);
  if (report.failedObjects.length > 0)
    lines.push(
      `${report.failedObjects.length} objects could not be drained: ${report.failedObjects.slice(0, 3).join(', ')}`,
    );
  lines.push('', verdict(report));
  return lines;
}

function verdict({ mode, remaining, before }: ReconcileReport): string {
  if (remaining > 0)
    return mode === 'check'
      ? `${remaining} differences. Run it without --check to mend them.`
      : `${remaining} differences remain. Run it again; if they stay, look at the failed objects.`;
  const mended =
    before.archive.missing + before.events.length + before.offers.length + before.members.length + before.staleIndex;
  return mended === 0
    ? 'Archive and rollups agree with the objects.'
    : `Archive and rollups agree with the objects now: ${mended} differences mended.`;
}

function row(name: string, before: number | string, after: number | string | undefined): string {
  return `  ${name.padEnd(42)}${String(before).padStart(10)}${String(after ?? '').padStart(10)}`;
}
