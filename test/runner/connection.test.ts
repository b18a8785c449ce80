import { getEventListeners, setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ConnectionOptions, type Credential, connect, inCluster, type OpenConnection, tokenFile } from '../../lib/runner/index.ts';
import { selfSigned } from './certificate.ts';

const get = { method: 'GET', path: '/api/v1/namespaces/shop/configmaps/web' } as const;
const MEBIBYTE = 1024 * 1024;

const opened: { server?: Server; connection?: OpenConnection; directory?: string } = {};
afterEach(() => {
  opened.connection?.close();
  opened.server?.closeAllConnections();
  opened.server?.close();
  if (opened.directory) rmSync(opened.directory, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  opened.server = server;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

/** A connection to a server that answers as told. */
async function connected(listener: RequestListener, options: Partial<ConnectionOptions> = {}): Promise<OpenConnection> {
  const port = await listen(createServer(listener));
  opened.connection = connect({ server: `http://127.0.0.1:${port}`, timeoutMilliseconds: 1_000, ...options });
  return opened.connection;
}

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-account-'));
  opened.directory = directory;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const fixed = (credential: Credential) => ({ current: () => credential, renew: () => {} });

describe('an exchange', () => {
  test.each([
    ['the runner, where nobody says otherwise', {}, 'tidegate-runner'],
    ['who it is told', { userAgent: 'tidegate-cli' }, 'tidegate-cli'],
  ])('names %s', async (_, options, name) => {
    const asked: unknown[] = [];
    const { exchange } = await connected((request, response) => {
      asked.push(request.headers['user-agent']);
      response.end('{}');
    }, options);
    await exchange(get);
    expect(asked).toEqual([name]);
  });

  test('sends credential, type and body, and reads status, JSON and Retry-After', async () => {
    const seen: unknown[] = [];
    const { exchange } = await connected(
      (request, response) => {
        let body = '';
        request.on('data', (part) => (body += part));
        request.on('end', () => {
          seen.push([request.method, request.headers.authorization, request.headers['content-type'], body]);
          response.writeHead(429, { 'retry-after': '7' }).end('{"message":"später"}');
        });
      },
      { credentials: fixed({ authorization: 'Bearer first' }) },
    );
    const answer = await exchange({ method: 'PATCH', path: '/x', contentType: 'application/merge-patch+json', body: { ä: 1 } });
    expect(answer).toEqual({ status: 429, body: { message: 'später' }, retryAfterMilliseconds: 7_000 });
    expect(seen).toEqual([['PATCH', 'Bearer first', 'application/merge-patch+json', '{"ä":1}']]);
  });

  test.each<[string, Record<string, string>, number | null]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ["a time, by the server's clock", { 'retry-after': 'Mon, 05 Jan 2026 09:00:20 GMT', date: 'Mon, 05 Jan 2026 09:00:05 GMT' }, 15_000],
    ['a time that is past', { 'retry-after': 'Mon, 05 Jan 2026 09:00:00 GMT', date: 'Mon, 05 Jan 2026 09:00:05 GMT' }, null],
    ['none', {}, null],
    ['nothing at all', { 'retry-after': '0' }, null],
    ['something else', { 'retry-after': 'soon' }, null],
  ])('reads a Retry-After of %s', async (_, headers, retryAfterMilliseconds) => {
    const { exchange } = await connected((_request, response) => response.writeHead(503, headers).end('{}'));
    expect(await exchange(get)).toMatchObject({ status: 503, retryAfterMilliseconds });
  });

  test.each<[string, RequestListener, string | RegExp]>([
    ['no answer in time', () => {}, 'no answer within 0.2s'],
    ['an answer that stops in the middle', (_, response) => response.write('{'), 'no answer within 0.2s'],
    ['a connection that breaks', (request) => request.socket.destroy(), 'socket hang up'],
    ['HTML with status 200', (_, response) => response.end('<html>'), 'answer 200 is no JSON: <html>'],
  ])('%s is an error', async (_, listener, message) => {
    const { exchange } = await connected(listener, { timeoutMilliseconds: 200 });
    await expect(exchange(get)).rejects.toThrow(message);
  });

  test('an answer above 4 MiB is an error', async () => {
    const { exchange } = await connected((_, response) => response.end('x'.repeat(4 * MEBIBYTE + 1)));
    await expect(exchange(get)).rejects.toThrow(/larger than 4194304 bytes/);
  });

  test('an error in HTML is still an error of its status', async () => {
    const { exchange } = await connected((_, response) => response.writeHead(502).end('<html>bad gateway'));
    expect(await exchange(get)).toMatchObject({ status: 502, body: { message: '<html>bad gateway' } });
  });
});

describe('a stream', () => {
  const stream = (connection: OpenConnection, signal = new AbortController().signal) => {
    const lines: unknown[] = [];
    return { lines, ended: connection.stream('/watch', (line) => lines.push(line), signal) };
  };

  /** Writes the chunks one by one, so that each is on the wire before the next. */
  const inChunks =
    (...chunks: readonly (string | Buffer)[]): RequestListener =>
    (_, response) => {
      const [chunk, ...more] = chunks;
      if (chunk === undefined) response.end();
      else response.write(chunk, () => setImmediate(() => inChunks(...more)(_, response)));
    };
  const euro = Buffer.from('{"price":"5 €"}\n');

  test.each<[string, RequestListener, unknown[]]>([
    ['one by one', inChunks('{"a":1}\n', '{"a":2}\n'), [{ a: 1 }, { a: 2 }]],
    ['several in a chunk', inChunks('{"a":1}\n{"a":2}\n{"a"', ':3}\n'), [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['torn apart, character by character', inChunks(...'{"a":"b c"}\n[]\n'), [{ a: 'b c' }, []]],
    ['torn apart inside a character', inChunks(euro.subarray(0, 13), euro.subarray(13)), [{ price: '5 €' }]],
    ['with blank ones, and the last without its end', inChunks('\n{"a":1}\r\n\n', '{"a":2}'), [{ a: 1 }, { a: 2 }]],
    ['none', inChunks(), []],
    ['just below the limit', inChunks(`"${'x'.repeat(4 * MEBIBYTE - 2)}"\n`, '1\n'), ['x'.repeat(4 * MEBIBYTE - 2), 1]],
  ])('hands out lines that come %s', async (_, listener, expected) => {
    const { lines, ended } = stream(await connected(listener));
    expect(await ended).toBe(null);
    expect(lines).toEqual(expected);
  });

  test.each<[string, RequestListener, string | RegExp, unknown[]]>([
    ['a line above 4 MiB', inChunks('1\n', 'x'.repeat(4 * MEBIBYTE), 'y'), 'a line is larger than 4194304 bytes', [1]],
    ['a line that is no JSON', inChunks('1\n<html>\n2\n'), 'a line is no JSON: <html>', [1]],
    ['a last line that was cut off', inChunks('1\n{"a":'), 'a line is no JSON: {"a":', [1]],
    ['no answer in time', () => {}, 'no answer within 0.2s', []],
    ['a refusal that stops in the middle', (_, response) => response.writeHead(403).write('{'), 'no answer within 0.2s', []],
    ['silence', (_, response) => response.write('1\n'), 'nothing came for 0.3s', [1]],
    ['a connection that breaks', (_, response) => response.write('1\n', () => response.destroy()), 'aborted', [1]],
  ])('%s breaks it', async (_, listener, message, before) => {
    const { lines, ended } = stream(await connected(listener, { timeoutMilliseconds: 200, idleMilliseconds: 300 }));
    await expect(ended).rejects.toThrow(message);
    expect(lines).toEqual(before);
  });

  test('lives on past the time that an exchange has, as long as something comes', async () => {
    const { lines, ended } = stream(
      await connected(
        (_, response) => {
          let count = 0;
          const timer = setInterval(() => {
            response.write(`${++count}\n`);
            if (count === 6) response.end(() => clearInterval(timer));
          }, 120);
        },
        { timeoutMilliseconds: 500, idleMilliseconds: 2_000 },
      ),
    );
    expect(await ended).toBe(null);
    expect(lines).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a refusal is its result, with Retry-After', async () => {
    const connection = await connected((_, response) => response.writeHead(429, { 'retry-after': '2' }).end('{"message":"later"}'));
    const { lines, ended } = stream(connection);
    expect(await ended).toEqual({ status: 429, body: { message: 'later' }, retryAfterMilliseconds: 2_000 });
    expect(lines).toEqual([]);
  });

  test('ends with the signal: without an error, without another line, and on the wire', async () => {
    const ending = new AbortController();
    let closed = false;
    const connection = await connected((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.write('1\n2\n3\n');
    });
    const lines: unknown[] = [];
    const ended = connection.stream(
      '/watch',
      (line) => {
        lines.push(line);
        if (line === 2) ending.abort();
      },
      ending.signal,
    );
    expect(await ended).toBe(null);
    await expect.poll(() => closed).toBe(true);
    expect(lines).toEqual([1, 2]);
  });

  test('a signal that had aborted before asks for nothing, and one before the answer ends it', async () => {
    let asked = 0;
    const ending = new AbortController();
    const connection = await connected(() => {
      asked++;
      ending.abort();
    });
    expect(await stream(connection, AbortSignal.abort()).ended).toBe(null);
    expect(asked).toBe(0);
    expect(await stream(connection, ending.signal).ended).toBe(null);
    expect(asked).toBe(1);
  });

  test('leave nothing behind on the signal that could have ended them', async () => {
    const ending = new AbortController();
    const connection = await connected((request, response) => {
      if (request.url === '/refused') response.statusCode = 403;
      if (request.url === '/broken') request.socket.destroy();
      response.end('{}');
    });
    for (const path of ['/watch', '/refused', '/broken', '/watch'])
      await connection.stream(path, () => {}, ending.signal).catch((error: Error) => error.message);
    expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  });

  test('thirty of them leave exchanges their place', async () => {
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const connection = await connected((request, response) => {
      if (request.url === '/watch') response.write('1\n');
      else response.end('{"free":true}');
    });
    let begun = 0;
    const ended = Array.from({ length: 30 }, () => connection.stream('/watch', () => begun++, ending.signal));
    await expect.poll(() => begun).toBe(30);
    expect(await connection.exchange(get)).toMatchObject({ body: { free: true } });
    ending.abort();
    await Promise.all(ended);
  });

  test('asks by TCP whether its peer is still there, since a quiet watch has nothing to send', async () => {
    const asked = vi.spyOn(Socket.prototype, 'setKeepAlive');
    onTestFinished(() => asked.mockRestore());
    await stream(await connected((_, response) => response.end())).ended;
    expect(asked).toHaveBeenCalledWith(true, 30_000);
  });

  test('asks for its credential when it opens', async () => {
    const seen: unknown[] = [];
    let count = 0;
    const connection = await connected(
      (request, response) => {
        seen.push(request.headers.authorization);
        response.end();
      },
      { credentials: { current: async () => ({ authorization: `Bearer ${++count}` }), renew: () => (count = 100) } },
    );
    await stream(connection).ended;
    await stream(connection).ended;
    connection.renewToken();
    await stream(connection).ended;
    expect(seen).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 101']);
  });
});

describe('what a connection is made of', () => {
  const { cert, key } = selfSigned('api');
  const seen: string[] = [];
  const serveTls = (options: object = {}) =>
    listen(
      createTlsServer({ cert, key, ...options }, (request: IncomingMessage, response) => {
        const socket = request.socket as TLSSocket & { servername?: string };
        seen.push(`${request.url} ${socket.servername} ${socket.getPeerCertificate().subject?.CN}`);
        response.end('{}');
      }),
    );
  const ask = async (options: ConnectionOptions) => {
    opened.connection = connect({ timeoutMilliseconds: 1_000, ...options });
    seen.length = 0;
    const { status } = await opened.connection.exchange(get);
    return [status, ...seen];
  };

  test('the path of its server comes before each path', async () => {
    const port = await listen(createServer((request, response) => response.end(JSON.stringify(request.url))));
    for (const path of ['/k8s/clusters/c-1', '/k8s/clusters/c-1/']) {
      opened.connection = connect({ server: `http://127.0.0.1:${port}${path}` });
      expect(await opened.connection.exchange(get)).toMatchObject({ body: `/k8s/clusters/c-1${get.path}` });
    }
  });

  test('a CA is trusted, and no other', async () => {
    const server = `https://127.0.0.1:${await serveTls()}`;
    expect(await ask({ server, tls: { ca: cert } })).toEqual([200, `${get.path} false undefined`]);
    await expect(ask({ server, tls: { ca: selfSigned('other').cert } })).rejects.toThrow('self-signed certificate');
    await expect(ask({ server })).rejects.toThrow('self-signed certificate');
    expect(await ask({ server, tls: { rejectUnauthorized: false } })).toEqual([200, `${get.path} false undefined`]);
  });

  test('the name in the certificate may be told, and is checked', async () => {
    const server = `https://127.0.0.1:${await serveTls()}`;
    expect(await ask({ server, tls: { ca: cert, servername: 'api.test' } })).toEqual([200, `${get.path} api.test undefined`]);
    await expect(ask({ server, tls: { ca: cert, servername: 'api.other' } })).rejects.toThrow("does not match certificate's altnames");
  });

  test('a client certificate is shown', async () => {
    const client = selfSigned('anna');
    const server = `https://127.0.0.1:${await serveTls({ requestCert: true, ca: client.cert, rejectUnauthorized: true })}`;
    expect(await ask({ server, tls: { ca: cert }, credentials: fixed(client) })).toEqual([200, `${get.path} false anna`]);
    await expect(ask({ server, tls: { ca: cert } })).rejects.toThrow();
  });

  test("a pod's is its service account", async () => {
    const directory = directoryWith({ token: 'own\n', 'ca.crt': cert });
    let authorization: string | undefined;
    const port = await listen(
      createTlsServer({ cert, key }, (request, response) => {
        authorization = request.headers.authorization;
        response.end('{}');
      }),
    );
    const pod = { host: '127.0.0.1', port, directory, now: () => 0 };
    expect(await ask(inCluster(pod))).toEqual([200]);
    expect(authorization).toBe('Bearer own');
    expect(inCluster({ ...pod, host: 'fd00::1', port: 443 }).server).toBe('https://[fd00::1]:443');
    expect(() => inCluster({ ...pod, directory: '/nowhere' })).toThrow('/nowhere/ca.crt');
  });

  test('close ends what is kept and what is under way', async () => {
    const sockets = new Set<Socket>();
    const connection = await connected((request, response) => {
      if (request.url === '/watch') response.write('1\n');
      else response.end('{}');
    });
    opened.server?.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await connection.exchange(get);
    const ended = connection.stream('/watch', () => connection.close(), new AbortController().signal);
    expect(sockets.size).toBeGreaterThan(0);
    await expect(ended).rejects.toThrow();
    await expect.poll(() => sockets.size).toBe(0);
  });
});

describe('a token in a file', () => {
  test('is read anew each minute, and when it is told to', () => {
    const path = join(directoryWith({ token: 'first\n' }), 'token');
    let now = 0;
    const token = tokenFile(path, () => now);
    const read = () => token.current();
    expect(read()).toEqual({ authorization: 'Bearer first' });
    writeFileSync(path, 'second');
    now = 59_000;
    expect(read()).toEqual({ authorization: 'Bearer first' });
    now = 61_000;
    expect(read()).toEqual({ authorization: 'Bearer second' });
    writeFileSync(path, 'third');
    expect(read()).toEqual({ authorization: 'Bearer second' });
    token.renew();
    expect(read()).toEqual({ authorization: 'Bearer third' });
  });
});
