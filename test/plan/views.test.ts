import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lib/plan/plan.ts';
import { PLAN_VIEWS, type PlanFormat } from '../../lib/plan/views.ts';
import { besidePlan, blueGreenPlan, HOSTILE, hostilePlan, longPlan, webPlan } from './plans.ts';

// The golden files are reviewed by eye; `npx vitest run test/plan/views.test.ts -u` writes them anew.

const PLANS: readonly [string, Plan][] = [
  ['web', webPlan()],
  ['long', longPlan()],
  ['beside', besidePlan()],
  ['blue-green', blueGreenPlan()],
  ['hostile', hostilePlan()],
];
const EXTENSIONS: readonly [PlanFormat, string][] = [
  ['text', 'txt'],
  ['json', 'json'],
  ['markdown', 'md'],
  ['svg', 'svg'],
];
const show = (format: PlanFormat, plan: Plan) => PLAN_VIEWS[format](plan, '45fcfed4');

describe.each(PLANS)('the plan of %s', (name, plan) => {
  it.each(EXTENSIONS)('as %s is as reviewed, and the same each time', async (format, extension) => {
    expect(show(format, plan)).toBe(show(format, structuredClone(plan)));
    await expect(show(format, plan)).toMatchFileSnapshot(`golden/${name}.${extension}`);
  });

  it('as a picture is well-formed XML that runs and loads nothing', () => {
    const svg = show('svg', plan);
    expect(openElements(svg)).toEqual([]);
    expect(svg).not.toMatch(/<script|<image|<foreignObject|\son\w+=|javascript:|url\((?!#)|<use|@import|xlink/i);
    for (const [, reference] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(svg).toContain(`id="${reference}"`);
  });
});

describe('a plan as JSON', () => {
  it('has the fields that pipelines rely on', () => {
    const json = JSON.parse(show('json', webPlan()));
    expect(json).toMatchObject({
      version: 1,
      release: 'web',
      namespace: 'shop',
      hash: '45fcfed4',
      engine: 'native',
      stable: { revision: 'web-1f3a9c07', image: expect.stringContaining('web:1.4.1@sha256:') },
      candidate: { revision: 'web-8be2d451' },
    });
    expect(
      json.steps
        .map(({ index, kind, exposure }: { index: number; kind: string; exposure: number }) => `${index} ${kind} ${exposure}`)
        .slice(0, 4),
    ).toEqual(['0 scale 0', '1 smoke 0', '2 setWeight 5', '3 analysis 5']);
  });

  it('keeps hostile text exactly', () => {
    expect(JSON.parse(show('json', hostilePlan())).release).toBe(HOSTILE);
  });
});

describe('hostile text', () => {
  it('in Markdown makes no element, no heading, no mention and no cell of its own', () => {
    const markdown = show('markdown', hostilePlan());
    const outsideCode = markdown.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
    expect(outsideCode).not.toMatch(/<script|@team|\[x\]\(/);
    expect(markdown.match(/^#+ /gm)?.length).toBe(show('markdown', webPlan()).match(/^#+ /gm)?.length);
    const rows = markdown.split('\n').filter((line) => line.startsWith('| '));
    const cells = rows.map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(cells.slice(0, 12)).size).toBe(1);
  });

  it('in a terminal moves no cursor and changes no colour', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(show('text', hostilePlan())).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  });
});

it('colour is put in only where it is wanted', () => {
  const plain = PLAN_VIEWS.text(webPlan(), 'x');
  const colored = PLAN_VIEWS.text(webPlan(), 'x', { color: true });
  expect(plain).not.toContain('\u001b[');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  expect(colored.replace(/\u001b\[[0-9;]*m/g, '')).toBe(plain);
});

const xmllint = (() => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!xmllint)('an XML parser agrees', () => {
  for (const [, plan] of PLANS) execFileSync('xmllint', ['--noout', '-'], { input: show('svg', plan) });
});

/** Elements left open, or a complaint: a strict reader of the XML that is written here. */
function openElements(xml: string): string[] {
  const open: string[] = [];
  const token = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#\d+);[^"<&]*)*")*)\s*(\/?)>|([^<]+)/gi;
  let end = 0;
  for (const match of xml.matchAll(token)) {
    if (match.index !== end) return [`cannot be read at ${end}: ${xml.slice(end, end + 40)}`];
    end = match.index + match[0].length;
    const [, closing, name = '', , alone, text] = match;
    if (text !== undefined) {
      if (/&(?!(?:amp|lt|gt|quot|#\d+);)/.test(text)) return [`a bare & in ${text}`];
    } else if (closing) {
      if (open.pop() !== name) return [`</${name}> closes nothing`];
    } else if (!alone) open.push(name);
  }
  return end === xml.length ? open : [`cannot be read at ${end}`];
}
