// The built-in smoke test: a Job runs this file's bundle as `node --input-type=module -e <script>`.
import { setTimeout as pause } from 'node:timers/promises';
import type { ResolvedHttpCheck } from '../intent/resolved.ts';

const LARGEST_ANSWER = 1 << 20;
const TRIES = 3;

type Answer = { readonly status: number; readonly text: string } | { readonly error: string; readonly again: boolean };

process.exitCode = 1;
try {
  const { url, deadlineSeconds, checks } = JSON.parse(process.env.TIDEGATE_SMOKE ?? '') as {
    readonly url: string;
    readonly deadlineSeconds: number;
    readonly checks: readonly ResolvedHttpCheck[];
  };
  const left = (
    (end) => () =>
      end - Date.now()
  )(Date.now() + deadlineSeconds * 1000);
  let passed = checks.length > 0;
  for (const [index, check] of checks.entries()) {
    const reason = await run(url, check, index === 0, left);
    passed &&= reason === '';
    console.log(JSON.stringify({ check: `${check.method} ${check.path}`, passed: reason === '', reason }));
  }
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.log(JSON.stringify({ passed: false, reason: `TIDEGATE_SMOKE: ${(error as Error).message}` }));
}
if (process.env.TIDEGATE_QUIT_SIDECAR === '1')
  await fetch('http://127.0.0.1:15020/quitquitquit', { method: 'POST', signal: AbortSignal.timeout(2000) }).catch(() => {});

/**
 * Why a check failed, or ''. The first check waits for the candidate: it asks until the status is the expected one,
 * and that answer is the one it judges, so that no request is sent twice to a candidate that is there.
 */
async function run(url: string, check: ResolvedHttpCheck, waits: boolean, left: () => number): Promise<string> {
  for (let tries = 1; ; tries++) {
    const answer = left() > 0 ? await ask(url, check, left()) : { error: 'deadline passed before it was asked', again: false };
    const reason = judge(check, answer);
    const again = waits ? !('status' in answer) || answer.status !== check.status : 'again' in answer && answer.again && tries < TRIES;
    const delay = Math.min(200 * 1.5 ** tries, 3000);
    if (!again || left() <= delay) return reason;
    await pause(delay);
  }
}

/** Redirects are answers, never followed, and a path cannot name a host: both could lead away from the candidate. */
async function ask(url: string, check: ResolvedHttpCheck, left: number): Promise<Answer> {
  // An import of node:http would load its WebSocket too, which costs 10 MiB.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  const { method, headers, body } = check;
  const signal = AbortSignal.timeout(Math.max(1, Math.min(check.timeoutSeconds * 1000, left)));
  return new Promise((resolve) => {
    const failed = (error: Error) =>
      resolve(
        signal.aborted
          ? { error: `no full answer within ${check.timeoutSeconds}s`, again: false }
          : { error: error.message || String((error as NodeJS.ErrnoException).code), again: true },
      );
    try {
      const target = new URL(url.replace(/\/*$/, '/') + check.path.replace(/^\//, ''));
      const asked = request(target, { method, headers, signal, agent: false }, async (answer: Incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        try {
          for await (const part of answer) {
            size += part.length;
            if (size > LARGEST_ANSWER) return resolve({ error: 'answer is larger than 1 MiB', again: false });
            parts.push(part);
          }
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() });
        } catch (error) {
          failed(error as Error);
        }
      });
      asked.on('error', failed).end(body ?? '');
    } catch (error) {
      resolve({ error: (error as Error).message, again: false });
    }
  });
}

interface Incoming extends AsyncIterable<Buffer> {
  readonly statusCode?: number | undefined;
}

function judge(check: ResolvedHttpCheck, answer: Answer): string {
  if ('error' in answer) return answer.error;
  if (answer.status !== check.status) return `status ${answer.status}, expected ${check.status}`;
  if (check.contains !== null && !answer.text.includes(check.contains)) return `answer lacks '${check.contains}'`;
  const fields = Object.entries(check.json);
  if (fields.length === 0) return '';
  let json: Record<string, unknown>;
  try {
    json = Object(JSON.parse(answer.text));
  } catch {
    return 'answer is no JSON';
  }
  const wrong = fields.filter(([key, value]) => !Object.hasOwn(json, key) || json[key] !== value);
  return wrong
    .map(([key, value]) => `${key} is ${String(JSON.stringify(json[key])).slice(0, 200)}, expected ${JSON.stringify(value)}`)
    .join('; ');
}
