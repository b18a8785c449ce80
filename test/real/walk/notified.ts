import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { ReleaseRecord } from '../../../lib/runner/report.ts';
import type { Finally } from '../harness.ts';
import { until } from '../until.ts';
import { Flight, type Ground } from './flight.ts';
import { BRIEF } from './intent.ts';

const PROGRAM = fileURLToPath(new URL('../../../build/notify.mjs', import.meta.url));
const token = { name: 'git', key: 'token' };

/** A service that takes what it is sent; `away` while it answers 503. */
async function service(atEnd: Finally) {
  const bodies: { readonly client_payload: { readonly type: string; readonly record: ReleaseRecord } }[] = [];
  const state = { away: false, bodies, url: '', asked: 0 };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    state.asked++;
    if (!state.away) bodies.push(JSON.parse(Buffer.concat(parts).toString()));
    response.writeHead(state.away ? 503 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dispatches`;
  return state;
}

/** What the runner's pod has mounted beside its program, with another place to send to. */
function mounted({ objects, planName }: Flight, url: string, atEnd: Finally): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-notify-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  const dataOf = (name: RegExp) => objects.find(({ kind, metadata }) => kind === 'ConfigMap' && name.test(metadata.name))?.data;
  const { 'channels.json': channels = '' } = dataOf(/^web-notify-/) as Record<string, string>;
  const { 'plan.json': plan = '' } = dataOf(new RegExp(`^${planName}$`)) as Record<string, string>;
  writeFileSync(join(directory, 'channels.json'), JSON.stringify(JSON.parse(channels).map((channel: object) => ({ ...channel, url }))));
  writeFileSync(join(directory, 'plan.json'), plan);
  mkdirSync(join(directory, 'secrets/git'), { recursive: true });
  writeFileSync(join(directory, 'secrets/git/token'), 'token-0123456789');
  copyFileSync(PROGRAM, join(directory, 'notify.mjs'));
  return join(directory, 'notify.mjs');
}

/** What leaves the cluster once a release has ended. */
export function notified(ground: () => Ground): void {
  it('sends its record as its status has it, also from a runner that came later, and needs nobody to take it', async ({
    onTestFinished,
  }) => {
    const changes = { ...BRIEF.changes, notifications: [{ github: { repository: 'shop/releases', token } }] };
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    const github = await service(onTestFinished);
    const TIDEGATE_NOTIFY = mounted(flight, github.url, onTestFinished);
    github.away = true;
    const first = await flight.runner({ TIDEGATE_NOTIFY });
    await flight.reachesStep(BRIEF.approval);
    await flight.approve();
    const { phase } = await flight.reaches('promotion', (status) => status.phase === 'Promoted');
    await until('a message', async () => github.asked > 0);
    expect([phase, first.exited]).toEqual(['Promoted', false]);
    await first.kill();

    github.away = false;
    const second = await flight.runner({ TIDEGATE_NOTIFY });
    await until('the record', async () => github.bodies.length > 0);
    const inCluster = JSON.parse((await flight.status())?.['record.json'] ?? 'null');
    expect(github.bodies).toMatchObject([{ client_payload: { type: 'tidegate.release.ended', record: { outcome: 'promoted' } } }]);
    expect(github.bodies[0]?.client_payload.record).toEqual(inCluster);

    // After the switch its gates still judge: what ends anew is sent anew.
    flight.application.errors = 0.5;
    await flight.reaches('an abort', (status) => status.phase === 'Aborted', 200);
    await until('the other record', async () => github.bodies.length > 1);
    expect(github.bodies[1]?.client_payload.record).toMatchObject({ outcome: 'aborted', by: 'gate', run: 1 });
    expect(second.stderr).toBe('');
  });
}
