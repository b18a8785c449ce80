import { dottedPath } from '../schema/explain.ts';
import type { Json, Problem } from '../schema/index.ts';
import { Duration } from './duration.ts';

const DEEPEST = 64;
const LONGEST = 10_000;

/** An authored value as plain data. `value` is complete only where there are no problems. */
export interface Plain {
  readonly value: Json;
  readonly problems: readonly Problem[];
}

/**
 * Turns what a program wrote into what a YAML file could have said: durations become text and fields that are
 * undefined are left out. Whatever has no such form (functions, instances of classes, cycles, getters that throw, keys
 * that reach a prototype) is a problem with its place.
 */
export function plainData(authored: unknown): Plain {
  const copy = new Copy();
  return { value: copy.of(authored, []) ?? null, problems: copy.problems };
}

class Copy {
  readonly problems: Problem[] = [];
  readonly #open = new Set<object>();

  of(value: unknown, place: readonly string[]): Json | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? value : this.#refuse(`found ${value}, expected a finite number.`, place);
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? null : this.#ofObject(value, place);
      default:
        return this.#refuse(`found a ${typeof value}, expected plain data.`, place, WHY_PLAIN);
    }
  }

  #ofObject(value: object, place: readonly string[]): Json | undefined {
    if (this.#open.has(value)) return this.#refuse('found an object that contains itself, expected plain data.', place, WHY_PLAIN);
    if (place.length > DEEPEST) return this.#refuse(`found more than ${DEEPEST} levels of nesting.`, place);
    this.#open.add(value);
    try {
      if (value instanceof Duration) return value.toJSON();
      return Array.isArray(value) ? this.#ofList(value, place) : this.#ofRecord(value, place);
    } catch (error) {
      return this.#refuse(`cannot be read: ${messageOf(error)}.`, place, 'A getter or proxy threw; give the value itself.');
    } finally {
      this.#open.delete(value);
    }
  }

  #ofList(list: readonly unknown[], place: readonly string[]): Json | undefined {
    if (list.length > LONGEST) return this.#refuse(`found a list of ${list.length} entries, expected at most ${LONGEST}.`, place);
    return Array.from(list, (_, index) => {
      const at = [...place, String(index)];
      const entry = this.#read(list, index, at);
      if (entry === undefined && list[index] === undefined) this.#refuse('found nothing, expected a value.', at);
      return entry ?? null;
    });
  }

  #ofRecord(record: object, place: readonly string[]): Json | undefined {
    const prototype: unknown = Object.getPrototypeOf(record);
    // A plain object of another realm, such as a VM context, has another Object.prototype: the root of its chain.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      return this.#refuse(`found ${nameOfClass(record)}, expected plain data.`, place, WHY_PLAIN);
    const fields: Record<string, Json> = {};
    const keys = Reflect.ownKeys(record);
    if (keys.length > LONGEST) return this.#refuse(`found an object of ${keys.length} fields, expected at most ${LONGEST}.`, place);
    for (const key of keys) {
      if (!Object.prototype.propertyIsEnumerable.call(record, key)) continue;
      if (typeof key === 'symbol') this.#refuse(`found a field named by ${String(key)}, expected names that are text.`, place);
      else if (key === '__proto__') this.#refuse("a field cannot be named '__proto__'.", place);
      else {
        const value = this.#read(record, key, [...place, key]);
        if (value !== undefined) fields[key] = value;
      }
    }
    return fields;
  }

  /** One entry; a getter that throws spoils this entry only. */
  #read(holder: object, key: string | number, place: readonly string[]): Json | undefined {
    let value: unknown;
    try {
      value = (holder as Readonly<Record<string | number, unknown>>)[key];
    } catch (error) {
      return this.#refuse(`cannot be read: ${messageOf(error)}.`, place, 'A getter or proxy threw; give the value itself.');
    }
    return this.of(value, place);
  }

  #refuse(message: string, place: readonly string[], help?: string): undefined {
    this.problems.push({ message, path: dottedPath(place), ...(help === undefined ? {} : { help }) });
  }
}

const WHY_PLAIN = 'An intent is written to the lock and compared with it, so it is text, numbers, true or false, lists and plain objects.';

function nameOfClass(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
