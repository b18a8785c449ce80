import { shortHash } from '../plan/hash.ts';
import { type Approval, type Command, orderText } from '../plan/orders.ts';
import type { KubeObject } from './api/object.ts';
import type { Change } from './api/server.ts';
import { approvalEntry, commandText, ordersConfigMap, PATHS } from './release/objects.ts';
import { maySign, signature } from './release/signing.ts';
import type { Simulation, Witness } from './simulation.ts';

/** What an order takes away, beside being one. */
const ENDED_BY: Readonly<Partial<Record<Command, Command>>> = { pause: 'resume', resume: 'pause', retry: 'abort' };

const LONG_AGO_MILLISECONDS = 7 * 86_400_000;

/** The people around a release: they approve when asked, and have their ways. */
export class People implements Witness {
  private readonly sim: Simulation;
  /** What was answered already, by plan, attempt and step. */
  private readonly done = new Set<string>();
  private attempts = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  changed({ path, object }: Change): void {
    if (path !== PATHS.status || object.metadata === undefined) return;
    const { plan = '', step = '', phase = '' } = object.data ?? {};
    const { draft, fate } = this.sim;
    if (plan !== draft.hash) return;
    const asked = draft.plan.steps[Number(step)];
    const attempt = `${this.sim.server.find(PATHS.plan(plan))?.metadata.uid} ${this.attempts}`;
    if (asked?.kind === 'approval' && (phase === 'Progressing' || phase === 'Held') && this.once(`${attempt} ${step}`))
      this.answer(asked.name, asked.count);
    const early = fate.people.void.includes('early') && (phase === 'Progressing' || phase === 'Starting');
    if (early && asked?.kind !== 'approval' && this.once(`${attempt} ${step} early`))
      this.soon(fate.people.afterSeconds / 4, () => this.sayEarly());
    const { onHeld, onAborted } = fate.people;
    const held = onHeld === 'retry' ? 'held' : `${attempt} held ${step}`;
    if (phase === 'Held' && onHeld !== 'nothing' && this.once(held)) this.soon(30, () => this.say(onHeld));
    if (phase === 'Aborted' && onAborted !== 'nothing' && this.once('aborted')) this.soon(20, () => this.say('retry'));
  }

  /** An order from a workstation, as the CLI writes it. */
  say(command: Command): void {
    const { draft, time } = this.sim;
    if (command === 'retry') this.attempts++;
    const order = { plan: draft.hash, by: 'ann@example.com', at: new Date(time.now).toISOString(), reason: 'so I say' };
    this.operate((data) => {
      const { [ENDED_BY[command] ?? '']: _, ...others } = data;
      return { ...others, [command]: commandText(order) };
    });
    this.sim.note(() => `a person says ${command}`);
  }

  revoke(): void {
    const { server, draft } = this.sim;
    if (server.find(PATHS.approvals))
      server.apply(PATHS.approvals, ordersConfigMap('approvals', {}), draft.plan.gitopsManagers[0] ?? 'gitops');
    this.operate((data) => Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('approval.'))));
    this.sim.note(() => 'every approval is taken back');
  }

  /** One person's word in Git is reverted; those of others stay. */
  private takeBack(by: string): void {
    const { server, draft } = this.sim;
    const entries = Object.entries<string>(server.find(PATHS.approvals)?.data ?? {}).filter(([, text]) => !text.includes(by));
    server.apply(PATHS.approvals, ordersConfigMap('approvals', Object.fromEntries(entries)), draft.plan.gitopsManagers[0] ?? 'gitops');
    this.sim.note(() => `${by} takes the approval back`);
  }

  private answer(name: string, count: number): void {
    const { people } = this.sim.fate;
    const after = people.afterSeconds;
    for (const what of people.void) this.soon(after * 0.5, () => this.sayVoid(what, name));
    if (this.sim.draft.plan.signing) this.soon(after * 0.3, () => this.forge(name));
    if (this.sim.draft.plan.signing && people.claims) this.soon(after * 0.4, () => this.claim(name, count));
    if (this.sim.draft.plan.signing && people.replays) this.soon(after * 0.2, () => this.replay(name));
    if (people.approval === 'never') return;
    const late = people.approval === 'late' ? 400 : 0;
    for (let person = 0; person < count; person++)
      this.soon(late + after * (1 + person / 2), () => this.approve(name, { by: `person-${person}@example.com` }));
    const { revokedAfterSeconds } = people;
    if (revokedAfterSeconds !== null) this.soon(late + after * (1 + (count - 1) / 2) + revokedAfterSeconds, () => this.revoke());
  }

  /** Approves what the release does not wait for yet. */
  private sayEarly(): void {
    const { draft, status } = this.sim;
    const step = Number(status?.step);
    const ahead = draft.plan.steps.find((later, index) => index > step && later.kind === 'approval');
    if (status?.plan !== draft.hash || ahead?.kind !== 'approval' || draft.plan.steps[step]?.kind === 'approval') return;
    for (const by of ['zoe@example.com', 'yan@example.com']) this.approve(ahead.name, { by, reason: `at step ${step}` });
  }

  /** Signatures that are none: nobody's, of another's key, of another text, cut off. */
  private forge(name: string): void {
    const { draft, time } = this.sim;
    const [one, other] = ['person-0@example.com', 'person-1@example.com'] as const;
    const said = { plan: draft.hash, approval: name, at: new Date(time.now).toISOString(), reason: 'forged' };
    const good = signature(one, draft.plan, { ...said, by: one });
    for (const forged of [
      { by: other, signature: '' },
      { by: other, signature: signature(one, draft.plan, { ...said, by: other }) },
      { by: one, signature: good, reason: 'forged, and edited' },
      { by: other, signature: good.slice(0, 150) },
    ])
      this.approve(name, { ...said, ...forged }, 'approvals');
  }

  /** A copy of a good signature is as good as it was, and says nothing new. */
  private replay(name: string): void {
    const { draft, signed } = this.sim;
    const earlier = [...signed].map((text): Approval => JSON.parse(text));
    const copies = earlier
      .filter(({ plan, approval }) => plan === draft.hash && approval === name)
      .map((one) => orderText({ ...one, signature: one.signature?.replaceAll('\n', '\r\n') }));
    if (copies.length === 0) return;
    this.operate((data) => ({ ...data, ...Object.fromEntries(copies.map((text, index) => [`approval.${name}.again-${index}`, text])) }));
    this.sim.note(() => `somebody says again what was signed for ${name} before`);
  }

  /** Whoever may write the status can give it the right digest. */
  private claim(name: string, count: number): void {
    const { server, draft, time, fate } = this.sim;
    const { digest: _, ...status } = JSON.parse(server.find(PATHS.status)?.data?.['status.json'] ?? '{}');
    const step = draft.plan.steps[status.step];
    if (status.plan !== draft.hash || status.phase !== 'Progressing' || step?.kind !== 'approval' || step.name !== name) return;
    const takenAt = fate.people.claimsOld ? time.now - LONG_AGO_MILLISECONDS : time.now;
    const approvals = Array.from({ length: count }, (_, person) => {
      const by = `person-${person}@example.com`;
      const one = { plan: draft.hash, approval: name, by, at: new Date(takenAt).toISOString(), reason: 'claimed' };
      const proof = fate.people.claimsOld ? { signature: signature(by, draft.plan, one) } : {};
      return { ...one, ...proof, id: `claimed-${person}`, source: 'git', takenAt };
    });
    const text = JSON.stringify({ ...status, step: status.step + 1, stepStartedAt: null, approvals });
    const claimed = `${text.slice(0, -1)},"digest":"${shortHash(text)}"}`;
    server.edit(PATHS.status, 'kubectl-edit', (object) => ({ ...object, data: { ...object.data, 'status.json': claimed } }));
    this.sim.note(() => `somebody writes into the status that ${name} is approved`);
  }

  /** Words that must not count, or not twice. */
  private sayVoid(what: Simulation['fate']['people']['void'][number], name: string): void {
    const { draft } = this.sim;
    const high = draft.plan.risk === 'high';
    switch (what) {
      case 'same person':
        this.approve(name, { by: 'person-0@example.com', reason: 'once more' });
        return;
      case 'other plan':
        this.approve(name, { by: 'zoe@example.com', plan: '00000000' });
        return;
      case 'other name':
        this.approve('something-else', { by: 'zoe@example.com' });
        return;
      case 'cluster':
        if (!high) return;
        this.approve(name, { by: 'zoe@example.com' }, 'operator');
        this.approve(name, { by: 'yan@example.com' }, 'operator');
        return;
      case 'taken back':
        this.approve(name, { by: 'zoe@example.com' }, 'approvals');
        this.soon(10, () => this.takeBack('zoe@example.com'));
        return;
      case 'unreadable':
        this.operate((data) => ({ ...data, [`approval.${name}.broken`]: '{"plan":' }));
        return;
      case 'early':
    }
  }

  private approve(name: string, more: Partial<Approval>, into?: 'approvals' | 'operator'): void {
    const { draft, time, server } = this.sim;
    const approval: Approval = {
      plan: draft.hash,
      approval: name,
      by: 'nobody',
      at: new Date(time.now).toISOString(),
      reason: 'looks well',
      ...more,
    };
    const { signing } = draft.plan;
    const [key, text] = approvalEntry(
      signing && more.signature === undefined ? { ...approval, signature: signature(approval.by, draft.plan, approval) } : approval,
    );
    if (signing && more.signature === undefined && maySign(approval.by)) this.sim.signed.add(text);
    const source = into ?? (draft.plan.risk === 'high' || this.sim.random.chance(0.6) ? 'approvals' : 'operator');
    this.sim.note(() => `${approval.by} approves ${name} of plan ${approval.plan} in ${source}`);
    if (source === 'operator') {
      this.operate((data) => ({ ...data, [key]: text }));
      return;
    }
    const data = { ...server.find(PATHS.approvals)?.data, [key]: text };
    server.apply(PATHS.approvals, ordersConfigMap('approvals', data), draft.plan.gitopsManagers[0] ?? 'gitops');
  }

  operate(change: (data: Readonly<Record<string, string>>) => Readonly<Record<string, string>>): void {
    const { server } = this.sim;
    const before: KubeObject | undefined = server.find(PATHS.operator);
    const data = change(before?.data ?? {});
    if (before === undefined) server.apply(PATHS.operator, ordersConfigMap('operator', data), 'tidegate-cli');
    else server.edit(PATHS.operator, 'tidegate-cli', (object) => ({ ...object, data }));
  }

  private once(what: string): boolean {
    if (this.done.has(what)) return false;
    this.done.add(what);
    return true;
  }

  private soon(seconds: number, act: () => void): void {
    this.sim.time.after(seconds * 1_000, act);
  }
}
