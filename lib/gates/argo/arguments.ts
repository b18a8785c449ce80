import type { KeyReference } from '../../intent/gate.ts';
import { nearest, type Problem } from '../../schema/index.ts';
import { gateArguments } from '../arguments.ts';
import { fieldsAt, type Part, textAt } from './shape.ts';

/** An argument as a template declares it. */
export interface WrittenArgument {
  readonly name: string;
  readonly value: unknown;
  readonly valueFrom: unknown;
  readonly part: Part;
}

type Value = { readonly text: string } | { readonly secret: KeyReference };

const NOBODY = { deployment: '', service: '' };
/** What every gate has, filled in when the plan is made. */
const BUILT_IN: ReadonlySet<string> = new Set(
  Object.keys(gateArguments({ release: '', namespace: '', candidate: NOBODY, stable: NOBODY })),
);

/** Fields of a Rollout that a release has, as an argument that every gate has. */
const FIELDS: Readonly<Record<string, string>> = { 'metadata.name': '{{args.release}}', 'metadata.namespace': '{{args.namespace}}' };

/** `{{ args.x }}` is `{{args.x}}`, as in Argo Rollouts. */
const trimmed = (text: string): string => text.replace(/\{\{\s*(.*?)\s*\}\}/gs, '{{$1}}');

/** Arguments of merged templates, with the values that are supplied. */
export class Arguments {
  readonly problems: Problem[] = [];
  readonly #values = new Map<string, Value>();
  readonly #declared = new Set<string>();

  constructor(supplied: Readonly<Record<string, string>>, written: readonly WrittenArgument[]) {
    for (const argument of written) this.#declare(argument, Object.hasOwn(supplied, argument.name));
    for (const [name, text] of Object.entries(supplied)) {
      if (!this.#declared.has(name)) this.#undeclared(name);
      // As in Argo Rollouts, whose controller looks the Secret up after the value is there.
      else if (!('secret' in (this.#values.get(name) ?? {}))) this.#values.set(name, { text: trimmed(text) });
    }
    for (const { name, part } of written)
      if (!this.#values.has(name) && !BUILT_IN.has(name) && this.#declared.delete(name))
        this.problems.push(part.problem([], `args.${name} was not resolved.`, `Give it a value: args: { '${name}': ... }.`));
  }

  /** The text with every argument that has a value; what is a Secret's, and what every gate has, stays. */
  fill(text: string, part: Part, path: readonly string[], problems: Problem[]): string {
    return trimmed(text).replace(/\{\{(.*?)\}\}/gs, (whole, inside: string) => {
      const name = /^args\.(.+)$/s.exec(inside)?.[1];
      const value = name === undefined ? undefined : this.#values.get(name);
      if (value !== undefined) return 'text' in value ? value.text : whole;
      if (name === undefined || !(this.#declared.has(name) && BUILT_IN.has(name)))
        problems.push(part.problem(path, `failed to resolve ${whole}.`, this.#help(name)));
      return whole;
    });
  }

  /** The Secret that an argument is, or null. */
  secret(name: string): KeyReference | null {
    const value = this.#values.get(name);
    return value !== undefined && 'secret' in value ? value.secret : null;
  }

  /** The first argument of a text whose value is a Secret's. */
  secretIn(text: string): string | null {
    for (const [, name = ''] of text.matchAll(/\{\{args\.(.+?)\}\}/gs)) if (this.secret(name)) return name;
    return null;
  }

  #help(name: string | undefined): string {
    const meant = name === undefined ? null : nearest(name, [...this.#declared]);
    return meant ? `Did you mean {{args.${meant}}}?` : 'Declare it in spec.args.';
  }

  #declare({ name, value, valueFrom, part }: WrittenArgument, isSupplied: boolean): void {
    this.#declared.add(name);
    const before = this.#values.get(name);
    const given = value !== null ? { text: String(value) } : this.#valueFrom(valueFrom, part, isSupplied);
    if (value !== null && valueFrom !== null) this.problems.push(part.problem([], `arg ${name} has both Value and ValueFrom fields.`));
    if (given === null) return;
    if (before === undefined) this.#values.set(name, given);
    else if ('text' in before && 'text' in given && before.text !== given.text)
      this.problems.push(
        part.problem([], `Argument \`${name}\` specified multiple times with different values: '${before.text}', '${given.text}'.`),
      );
  }

  #valueFrom(valueFrom: unknown, part: Part, isSupplied: boolean): Value | null {
    const [kind] = Object.keys(fieldsAt(valueFrom));
    if (kind === undefined) return null;
    const [name, key] = [textAt(valueFrom, 'secretKeyRef', 'name'), textAt(valueFrom, 'secretKeyRef', 'key')];
    if (name !== null && key !== null) return { secret: { name, key } };
    const field = textAt(valueFrom, 'fieldRef', 'fieldPath');
    const found = field === null ? undefined : FIELDS[field];
    if (isSupplied) return null;
    if (found !== undefined) return { text: found };
    const what = field === null ? kind : `the Rollout's field ${field}`;
    this.problems.push(
      part.problem(
        ['valueFrom'],
        `${what} cannot be resolved: there is no Rollout whose field it could be.`,
        'metadata.name and metadata.namespace are those of the release; give any other in args, which wins over valueFrom.',
      ),
    );
    return { text: '' };
  }

  #undeclared(name: string): void {
    const meant = nearest(name, [...this.#declared]);
    this.problems.push({
      message: `no template declares the argument '${name}', so its value would be dropped.`,
      path: `args.${name}`,
      help: meant ? `Did you mean '${meant}'?` : 'Remove it.',
    });
  }
}
