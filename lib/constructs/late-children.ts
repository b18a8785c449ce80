import type { Node } from 'constructs';

/** Children that a construct makes once somebody looks for them. */
export interface LateChildren {
  /** Whether somebody has. */
  readonly made: boolean;
}

/**
 * Lets a construct make its children when its node is first asked for any, or is given one; whoever walks the tree finds
 * them in their place. Most runs know what the children would say, and never ask.
 * @param make adds them to the node
 */
export function lateChildren(node: Node, make: () => void): LateChildren {
  const late = { made: false };
  const makeOnce = () => {
    if (late.made) return;
    late.made = true;
    make();
  };
  // Every way to a node's children leads through this field; it has had that name since constructs 10.
  const field = '_children';
  if (Object.hasOwn(node, field)) {
    let children: unknown = (node as unknown as { readonly [field]: unknown })[field];
    Object.defineProperty(node, field, {
      get() {
        makeOnce();
        return children;
      },
      set(value) {
        children = value;
      },
    });
  } else makeOnce();
  return late;
}
