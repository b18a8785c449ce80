import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../test/runner/certificate.ts';

/** Stands in front of the API server and counts what is asked. */
export interface CountingProxy {
  readonly server: string;
  /** PEM of its own certificate. */
  readonly ca: string;
  /** Method and path of each request so far. */
  readonly requests: string[];
  close(): void;
}

export async function countingProxy(server: string, ca: string): Promise<CountingProxy> {
  const { cert, key } = selfSigned('bench');
  const requests: string[] = [];
  const proxy = createServer({ cert, key }, (asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`);
    const passed = request(
      new URL(asked.url ?? '/', server),
      { method: asked.method, headers: asked.headers, ca, agent: false },
      (said) => {
        answer.writeHead(said.statusCode ?? 502, said.headers);
        answer.flushHeaders();
        said.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    server: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    ca: cert,
    requests,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
