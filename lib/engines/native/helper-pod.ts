import type { HelperImage } from '../../intent/project.ts';
import { given } from '../../schema/given.ts';
import { type Component, componentLabels } from './metadata.ts';
import { podSecurity } from './security.ts';

/** Whether a sidecar is put into a pod; always said, since a namespace may inject by default. */
export const sidecarLabel = (wanted: boolean): Readonly<Record<string, string>> => ({ 'sidecar.istio.io/inject': String(wanted) });

/** Labels of a helper pod: those of `tidegate.yaml`, without a say in what Tidegate selects by. */
export function helperLabels(helper: HelperImage, release: string, component: Component): Readonly<Record<string, string>> {
  return { ...helper.labels, ...componentLabels(release, component) };
}

/** How the pods of the runner and of a plan's Jobs are placed, as `tidegate.yaml` says. */
export function helperPlacement({ imagePullSecrets, priorityClassName }: HelperImage): object {
  return {
    ...(imagePullSecrets.length > 0 ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) } : {}),
    ...given({ priorityClassName }),
    enableServiceLinks: false,
    securityContext: podSecurity(),
  };
}

export function helperResources({ resources }: HelperImage): object {
  return { requests: { ...resources.requests }, limits: { ...resources.limits } };
}
