export { Agent as TlsAgent, request as overTls } from 'node:https';

/** Node's HTTP. An import of it would evaluate its export of `WebSocket` too, which costs 10 MiB and the time to load it. */
export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
