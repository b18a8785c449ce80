import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/policy/finding.ts';
import { lint } from '../../lib/policy/lint.ts';
import { Lines } from '../../lib/policy/read/lines.ts';
import { Places } from '../../lib/policy/read/locate.ts';
import { objectsOf } from '../../lib/policy/read/objects.ts';
import { KUBECTL_SCALARS } from '../../lib/policy/read/scalars.ts';
import { RULES } from '../../policies/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRICKY = `# on top
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: flow, labels: {"a/b": 'single', c~d: "dou\\"ble"}}
  data:
    plain: some words here   # and a comment
    folded: >-
      two
      lines
    literal: |
      first
        second
    "quoted key": 'it''s'
    continued: one
      sentence
- &anchored
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: anchored
- apiVersion: v1
  kind: ConfigMap
  metadata: !!map
    name: !!str 12
    annotations: &shared {x: "1"}
    labels: *shared
---
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json", "labels": {"a": "b"}},
  "data": {"n": "1"}}
`;

/** Every value in which nothing else lies, with its path. */
function* leaves(value: unknown, path: readonly string[] = []): Iterable<readonly [path: readonly string[], value: unknown]> {
  if (value === null || typeof value !== 'object') yield [path, value];
  else for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
}

function textsOf(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(ROOT, folder, name), 'utf8')] as const);
}

describe('every value of a text that is JSON is found where it is written', () => {
  const [name = '', golden = ''] = textsOf('test/golden/web').find(([file]) => file.includes('configmap-web-plan-')) ?? [];
  const plan = String((load(golden) as { data: Record<string, string> }).data['plan.json']);
  const quoted = (text: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  plan.json: ${text}\n`;

  it.each([
    [name, golden],
    ['with CRLF', golden.replaceAll('\n', '\r\n')],
    ['on one line, in single quotes', quoted(`'${JSON.stringify(JSON.parse(plan)).replaceAll("'", '')}'`)],
  ])('%s', (_, text) => {
    const [entry] = objectsOf({ name: 'x.yaml', text }).entries;
    if (!entry) throw new Error('there is no object');
    const places = new Places(entry.place.piece);
    const written = JSON.parse(String((entry.value as { data: Record<string, string> }).data['plan.json']));
    const found = [...leaves(written)].map(([path, value]) => {
      const { start, end } = places.find(entry.place.document, ['data', 'plan.json', ...path]);
      return [path, value, JSON.parse(entry.place.piece.text.slice(start, end))] as const;
    });
    expect(found.length).toBeGreaterThan(100);
    for (const [, value, there] of found) expect(there).toEqual(value);
  });

  it('where it has escapes, or the path leads nowhere, the place is the deepest that is there', () => {
    const at = (text: string, ...path: readonly string[]) => {
      const [entry] = objectsOf({ name: 'x.yaml', text }).entries;
      if (!entry) throw new Error('there is no object');
      const { start, end } = new Places(entry.place.piece).find(entry.place.document, ['data', 'plan.json', ...path]);
      return entry.place.piece.text.slice(start, end);
    };
    expect(at(quoted('"{\\"steps\\": []}"'), 'steps', '0')).toBe('{');
    expect(at(quoted('no JSON at all'), 'steps')).toBe('plan.json');
    expect(at(quoted(`'{"steps": [{"weight": 5}]}'`), 'steps', '0', 'weight')).toBe('5');
    expect(at(quoted(`'{"steps": [{"weight": 5}]}'`), 'steps', '0', 'deadlineSeconds')).toBe('{');
    expect(at(quoted(`'{"version": 1}'`), 'scaleDownDelaySeconds')).toBe('{');
  });
});

describe('every value of an object is found where it is written', () => {
  it.each<readonly [name: string, text: string]>([
    ['tricky', TRICKY],
    ['tricky with CRLF', TRICKY.replaceAll('\n', '\r\n')],
    ['tricky with a byte order mark', `\uFEFF${TRICKY}`],
    ...textsOf('test/golden/web'),
  ])('%s', (_, text) => {
    const { entries, unread } = objectsOf({ name: 'x.yaml', text });
    expect(unread).toEqual([]);
    const lines = new Lines(text);
    for (const { value, place } of entries) {
      const places = new Places(place.piece);
      for (const [path, leaf] of leaves(value)) {
        const { line, column, end } = lines.span(place.piece.offset, places.find(place.document, [...place.prefix, ...path]));
        const written = between(text, { line, column }, end);
        // A block scalar is written with its indentation, so its lines are compared one by one.
        const meant = typeof leaf === 'string' && !written.startsWith('"') && !written.startsWith("'") ? words(leaf) : leaf;
        const found = typeof meant === 'object' && meant !== null ? words(written) : load(written, { schema: KUBECTL_SCALARS });
        if (typeof leaf === 'object' || leaf === null || leaf === '') continue;
        expect([path, found]).toEqual([path, meant]);
      }
    }
  });
});

const words = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean);

interface Point {
  readonly line: number;
  readonly column: number;
}

/** The text from one point to another, as an editor would select it. */
function between(text: string, from: Point, to: Point): string {
  const rows = text.replace(/^\uFEFF/, '').split('\n');
  const selected = rows.slice(from.line - 1, to.line);
  const last = selected.length - 1;
  return selected.map((row, index) => row.slice(index === 0 ? from.column - 1 : 0, index === last ? to.column - 1 : undefined)).join('\n');
}

describe('a finding points at', () => {
  const findings = (text: string): readonly Finding[] =>
    lint({ texts: [{ name: 'x.yaml', text }], unreadable: [] }, { rules: RULES }).findings;
  const at = (text: string, rule: string) =>
    findings(text)
      .filter((finding) => finding.rule === rule)
      .map(({ line, column }) => `${line}:${column}`);
  const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  revisionHistoryLimit: 0
  replica: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
`;

  it('the value that is wrong', () => {
    expect(at(DEPLOYMENT, 'history-kept')).toEqual(['5:25']);
    expect(at(DEPLOYMENT, 'image-digest')).toEqual(['13:18']);
  });

  it('the key of a field that should not be there', () => {
    expect(at(DEPLOYMENT, 'schema')).toEqual(['6:3']);
  });

  it('the list item in which something is missing', () => {
    expect(at(DEPLOYMENT, 'resources-set')).toEqual(['12:11']);
  });

  it('the key of the part in which something is missing', () => {
    expect(at(DEPLOYMENT, 'service-account-token')).toEqual(['10:5']);
  });

  it('the text at the anchor, where the value came through an alias', () => {
    const text = DEPLOYMENT.replace('image: nginx', 'image: *image').replace(
      'metadata: {name: web}',
      'metadata: {name: web, annotations: {x: &image nginx}}',
    );
    expect(at(text, 'image-digest')).toEqual(['3:47']);
  });

  it('the text that a merge key takes in', () => {
    const text = DEPLOYMENT.replace('  revisionHistoryLimit: 0\n', '').replace(
      'spec:\n',
      'x-base: &base\n  revisionHistoryLimit: 0\nspec:\n  <<: *base\n',
    );
    expect(at(text, 'history-kept')).toEqual(['5:25']);
  });

  it('its own document of many', () => {
    expect(at(`${DEPLOYMENT}---\n${DEPLOYMENT.replace('name: web', 'name: b')}`, 'history-kept')).toEqual(['5:25', '19:25']);
  });

  it('the same object with the same fingerprint, wherever it moves', () => {
    const prints = (text: string) => findings(text).map(({ rule, fingerprint }) => [rule, fingerprint]);
    const moved = prints(`# moved\n---\n${configMap}---\n${DEPLOYMENT}`);
    expect(moved).toEqual(prints(DEPLOYMENT));
    expect(new Set(moved.map(String)).size).toBe(moved.length);
  });
});

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
