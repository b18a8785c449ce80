import { stringify } from 'yaml';
import type { Connection } from './connection.ts';

/** A kubeconfig for a connection, or for another token on the same server. */
export function kubeconfig({ server, ca, user }: Connection, namespace: string, token?: string): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const login =
    token !== undefined
      ? { token }
      : 'token' in user
        ? user
        : { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) };
  return stringify({
    'current-context': 'here',
    clusters: [{ name: 'here', cluster: { server, ...(ca === null ? {} : { 'certificate-authority-data': base64(ca) }) } }],
    users: [{ name: 'operator', user: login }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'operator', namespace } }],
  });
}
