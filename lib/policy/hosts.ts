/** A Service as a host of the cluster names it. */
export interface ServiceHost {
  readonly service: string;
  /** Null where the host leaves it to the namespace of whoever asks. */
  readonly namespace: string | null;
}

/** The Service that a host names: `web`, `web.shop`, `web.shop.svc.cluster.local`; null for hosts of the world outside. */
export function serviceHost(host: string): ServiceHost | null {
  const [service = '', namespace, svc] = host.split('.');
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(service)) return null;
  if (namespace === undefined || namespace === '') return { service, namespace: null };
  const labels = host.split('.').length;
  return labels === 2 || svc === 'svc' ? { service, namespace } : null;
}

/** The hosts of all URLs in a text. */
export function hostsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bhttps?:\/\/([A-Za-z0-9.-]+)/g)].map(([, host]) => host ?? '');
}
