import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';

const DETECTED = new Set(['Killed', 'Timeout']);
const UNDETECTED = new Set(['Survived', 'NoCoverage']);

/** Detected share of the mutants that count, in percent; NaN where none counts. */
function scoreOf(mutants: readonly MutantResult[]): number {
  const detected = mutants.filter(({ status }) => DETECTED.has(status)).length;
  const undetected = mutants.filter(({ status }) => UNDETECTED.has(status)).length;
  return (100 * detected) / (detected + undetected);
}

function line(name: string, mutants: readonly MutantResult[]): string {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length;
  const parts = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'RuntimeError', 'CompileError'];
  const counts = parts.flatMap((status) => (count(status) > 0 ? [`${count(status)} ${status.toLowerCase()}`] : []));
  return `${scoreOf(mutants).toFixed(1).padStart(6)} %  ${name}  (${counts.join(', ')})`;
}

const pathOf = ({ fileName }: MutantResult) => relative(process.cwd(), fileName);

function grouped(results: readonly MutantResult[], keyOf: (mutant: MutantResult) => string): readonly string[] {
  const groups = new Map<string, MutantResult[]>();
  for (const mutant of results) {
    const key = keyOf(mutant);
    const group = groups.get(key);
    if (group) group.push(mutant);
    else groups.set(key, [mutant]);
  }
  return [...groups].map(([name, mutants]) => line(name, mutants));
}

/** A line for each file, then one for each folder. */
export function scoreLines(results: readonly MutantResult[]): readonly string[] {
  return [...grouped(results, pathOf), ...grouped(results, (mutant) => dirname(pathOf(mutant)))];
}

/** `path:line:column mutator: what was → what it became`, for each mutant that no check noticed. */
export function survivorLines(results: readonly MutantResult[]): readonly string[] {
  const sources = new Map<string, readonly string[]>();
  const shorten = (text: string) => text.replace(/\s+/g, ' ').slice(0, 100);
  return results
    .filter(({ status }) => UNDETECTED.has(status))
    .map((mutant) => {
      const path = pathOf(mutant);
      const lines = sources.get(path) ?? readFileSync(path, 'utf8').split('\n');
      sources.set(path, lines);
      const { start, end } = mutant.location;
      const first = lines[start.line - 1] ?? '';
      const was =
        start.line === end.line ? first.slice(start.column - 1, end.column - 1) : `${first.slice(start.column - 1)} …`;
      const mark = mutant.status === 'NoCoverage' ? ' (not covered)' : '';
      return `${path}:${start.line}:${start.column} ${mutant.mutatorName}${mark}: ${shorten(was)} → ${shorten(mutant.replacement ?? '')}`;
    });
}
