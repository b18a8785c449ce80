import type { Rule } from '../lib/policy/rule.ts';
import { textAt } from '../lib/policy/shape.ts';

const configMap = (name: string, value: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: shop
  labels:
    tidegate.dev/release: web
data:
  greeting: ${value}
`;

export const uniqueObjects: Rule = {
  id: 'unique-objects',
  holds: 'no two objects of a set share group, kind, namespace and name',
  severity: 'error',
  kinds: 'any',
  why: 'The one that is applied last wins, which depends on the order of files; the other is lost without a word. Folders that describe the same objects for different places, such as overlays, are taken for sets of their own.',
  fix: 'Rename or remove one of the two.',
  examples: [
    { title: 'two ConfigMaps of one name', yaml: `${configMap('web', 'hello')}---\n${configMap('web', 'hi')}`, finds: ['/metadata/name'] },
    { title: 'two ConfigMaps', yaml: `${configMap('web', 'hello')}---\n${configMap('store', 'hi')}`, finds: [] },
  ],
  *check(entry, { set }) {
    // What is not named here is named by the API server, or by nobody.
    if (textAt(entry.value, 'metadata', 'name') === null) return;
    const first = set.firstOf(entry);
    if (first === entry) return;
    const { text, piece } = first.place;
    yield { path: ['metadata', 'name'], message: `it is already in ${text.name}, document ${piece.number}.` };
  },
};
