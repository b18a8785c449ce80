import { describe, expect, it } from 'vitest';
import { admissionObjects } from '../../lib/engines/native/admission.ts';
import { checkObject } from '../../lib/schema/validate.ts';

describe('the policies at admission', () => {
  it.each(admissionObjects({ guarded: 'yes' }).map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s fits its schema',
    (_, one) => {
      expect(checkObject(one)).toEqual([]);
    },
  );

  it('hold in all namespaces, or in those with a label', () => {
    const selectors = (labels?: Record<string, string>) =>
      admissionObjects(labels)
        .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
        .map(({ spec }) => Object(spec).matchResources?.namespaceSelector);
    expect(selectors()).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(selectors({ guarded: 'yes' })).toEqual(Array.from({ length: 6 }, () => ({ matchLabels: { guarded: 'yes' } })));
  });
});
