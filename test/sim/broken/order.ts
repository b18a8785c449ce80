// Runners that do not heed the releases that come before theirs.
import { shortHash } from '../../../lib/plan/hash.ts';
import { type BrokenRunner, type Kube, seeing } from './between.ts';

export const ORDER: readonly BrokenRunner[] = [
  {
    does: 'waits for no other release',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => otherIn('Promoted', object)),
  },
  {
    does: 'takes a release that has no status for promoted',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => object ?? otherIn('Promoted', object)),
  },
  {
    does: 'takes a release that was aborted for promoted',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => (isIn(object, '"phase":"Aborted"') ? otherIn('Promoted', object) : object)),
  },
  {
    does: 'believes what somebody wrote into the status of another release',
    breaks: ['order'],
    sabotage: () => seeing(OTHERS, (object) => (isIn(object, 'Promoted') ? otherIn('Promoted', object) : object)),
  },
  {
    does: 'takes an earlier attempt of another release for the one that it waits for',
    breaks: ['order'],
    sabotage: () =>
      seeing(OTHERS, (object) => {
        const { phase, digest, ...status } = JSON.parse(object?.data['status.json'] ?? '{}');
        return digest === shortHash(JSON.stringify({ phase, ...status })) ? otherIn(phase, object) : object;
      }),
  },
  {
    does: 'looks at no release of its group that stands behind and has traffic',
    breaks: ['order'],
    sabotage: () => seeing(/(desk|docs)-status\b/, () => null),
  },
  {
    does: 'looks at no release of its `after` that was at rest and has traffic',
    breaks: ['order'],
    sabotage: () => seeing(/bank-status\b/, () => null),
  },
];

/** Statuses of releases that come first, as the runner reads them. */
const OTHERS = /(pay|cart|mail)-status\b/;
/** Another release, of whatever attempt, in this phase. */
function otherIn(phase: string, object: Kube): Kube {
  const text = JSON.stringify({ phase, heartbeat: 0, level: { set: { weight: 0 } }, attempt: 99 });
  const data = { 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', resourceVersion: '1' }, ...object, data };
}
const isIn = (object: Kube, text: string): boolean => String(object?.data?.['status.json']).includes(text);
