import type { Rule } from '../lib/policy/rule.ts';

/** Found while reading, before there is an object that a rule could look at. */
export const yaml: Rule = {
  id: 'yaml',
  holds: 'every document can be read, and no key is written twice',
  severity: 'error',
  universal: true,
  kinds: [],
  why: 'A document that does not parse is not linted, and not applied. Of a key that is written twice the API server takes one, and a reader the other. The other documents of the file are linted all the same.',
  fix: 'Mend what the message names. Lint what templates become, not templates: `helm template . | tidegate lint -`.',
  examples: [
    {
      title: 'a tab among the blanks at the beginning of a line',
      yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n\tnamespace: shop\n',
      finds: [''],
    },
    {
      title: 'a key that is written twice',
      yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  name: store\n',
      finds: [''],
    },
    {
      title: 'anchors, aliases and merge keys are read as kubectl reads them',
      yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  labels: &labels\n    app: web\n  annotations:\n    <<: *labels\n',
      finds: [],
    },
  ],
  check: () => [],
};
