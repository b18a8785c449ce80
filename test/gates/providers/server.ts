import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Running {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export const serve = (listener: RequestListener): Promise<Running> => listen(createServer(listener), 'http');

/** A server that speaks bytes, for what no HTTP server would say. */
export const serveBytes = (listener: (socket: Socket) => void): Promise<Running> =>
  listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      listener(socket);
    }),
    'http',
  );

export const serveTls = ({ key, cert }: Certificate, listener: RequestListener): Promise<Running> =>
  listen(createTlsServer({ key, cert }, listener), 'https');

async function listen(server: Server | TcpServer, scheme: string): Promise<Running> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Signed by itself, for 127.0.0.1; null without `openssl`. */
export function certificate(): Certificate | null {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-certificate-'));
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=tidegate-test', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = spawnSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert]);
    return made.status === 0 ? { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } : null;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
