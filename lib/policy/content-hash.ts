import { shortHash } from '../plan/hash.ts';
import type { Entry } from './read/objects.ts';
import { at } from './shape.ts';

/** The 8 hex digits by which a ConfigMap of this content is named. */
export const contentHashOf = ({ value }: Entry): string => shortHash(at(value, 'data') ?? {});
