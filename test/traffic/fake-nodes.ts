import type { KubeObject } from '../../lib/schema/index.ts';

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } } }[];
  };
}

/**
 * Emitted objects with what the nodes of the test cluster must know because they run no container: a pod that is
 * deleted serves on for as long as its preStop sleeps, and a smoke test takes its time.
 */
export function onFakeNodes(objects: readonly KubeObject[], { smokeSeconds }: { readonly smokeSeconds: number }): KubeObject[] {
  return objects.map((object) => {
    if (object.kind === 'Job') return annotated(object, () => ({ 'fake-kubelet/finish-after': `${smokeSeconds}s` }));
    if (object.kind === 'Deployment')
      return annotated(object, (template) => ({ 'fake-kubelet/gone-after': `${preStopSeconds(template)}s` }));
    return object;
  });
}

function annotated(object: KubeObject, annotations: (template: Template) => Readonly<Record<string, string>>): KubeObject {
  const spec = object.spec as { readonly template: Template };
  const { metadata, ...rest } = spec.template;
  const template = { ...rest, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...annotations(spec.template) } } };
  return { ...object, spec: { ...spec, template } };
}

/** Once the longest preStop is over the process gets its signal and takes no new connection. */
function preStopSeconds({ spec }: Template): number {
  return Math.max(0, ...spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0));
}
