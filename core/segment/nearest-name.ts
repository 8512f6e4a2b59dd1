/** ` Did you mean "x"?` for the closest of the names, or nothing when none is close (a third of the length, 3 edits at most). */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.ceil(wanted.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best === null ? '' : ` Did you mean "${best}"?`;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964; Wagner and Fischer 1974). */
function editDistance(a: string, b: string): number {
  let twoAgo: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, (twoAgo[j - 2] ?? 0) + 1);
      row.push(distance);
    }
    twoAgo = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
