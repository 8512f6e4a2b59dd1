/** What a change did to the document, and the way back. */
export interface Recorded {
  /** Elements that it brought in, with all inside them. */
  readonly added: readonly Element[];
  /** Puts the page back as it was; what the page itself changed since stays. */
  undo(): void;
}

const classes = (text: string | null | undefined): string[] => text?.match(/\S+/g) ?? [];

/** Runs a change of the document, synchronously, and writes down what it does. Throws what it throws. */
export function record(change: () => void): Recorded {
  const observer = new MutationObserver(() => {});
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeOldValue: true });
  change();
  const records = observer.takeRecords().map((entry) => {
    const target = entry.target as Element;
    return { ...unfold(entry), target, mine: target.getAttribute?.(entry.attributeName ?? '') };
  });
  observer.disconnect();
  return {
    added: records.flatMap(({ added }) =>
      added.flatMap((node) => (node instanceof Element ? [node, ...node.querySelectorAll('*')] : [])),
    ),
    undo: () => {
      for (const { target, name, old, added, removed, next, mine } of records.reverse()) {
        if (name === 'class') {
          // The page may have set classes of its own since.
          const [before, after] = [classes(old), classes(mine)];
          target.classList.remove(...after.filter((one) => !before.includes(one)));
          target.classList.add(...before.filter((one) => !after.includes(one)));
        } else if (name) {
          if (target.getAttribute(name) !== mine) continue;
          if (old === null) target.removeAttribute(name);
          else target.setAttribute(name, old);
        } else if (!added[0] || added.some((node) => node.parentNode === target)) {
          for (const node of added) node.remove();
          for (const node of removed) target.insertBefore(node, next?.parentNode === target ? next : null);
        }
      }
    },
  };
}

const unfold = ({
  attributeName: name,
  oldValue: old,
  addedNodes,
  removedNodes,
  nextSibling: next,
}: MutationRecord) => ({
  name,
  old,
  next,
  added: [...addedNodes] as ChildNode[],
  removed: [...removedNodes],
});
