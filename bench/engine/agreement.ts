import type { Case } from './side.ts';

/** Operations after which memberships are compared: the first, a few, and so many that windows have moved on. */
const LOOKS: readonly number[] = [1, 2, 3, 10, 50, 200];

/** Throws unless every side finds the same members as the first one, the closures, at several points of the case. */
export function checkAgreement({ sides }: Case): void {
  const [first, ...others] = sides.map(({ label, open }) => ({ label, block: open() }));
  if (!first?.block.members) return;
  let done = 0;
  for (const look of LOOKS) {
    if (look > first.block.most) return;
    for (; done < look; done++) for (const { block } of [first, ...others]) block.run(done);
    const expected = first.block.members();
    for (const { label, block } of others) {
      const found = block.members?.() ?? expected;
      const wrong = expected.findIndex((member, i) => member !== found[i]);
      if (wrong >= 0) {
        throw new Error(
          `${label} says ${found[wrong]} of segment ${wrong} after ${done} operations, ${first.label} ${expected[wrong]}`,
        );
      }
    }
  }
}
