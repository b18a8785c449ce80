import type { Duration } from './duration.ts';

/**
 * Some of the fields of `T`, at any depth. Maps are merged by key, lists are replaced, and null leaves out what is there.
 * (The schema of an intent has an open object for it: what it changes is checked where it was merged.)
 */
export type Changes<T> = T extends string | number | boolean | Duration | readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Field in keyof T]?: Changes<T[Field]> | null }
    : T;

/** Some of the fields of `T`, at any depth; they are added to what others say, so there is nothing to leave out. */
export type Some<T> = T extends string | number | boolean | Duration | readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Field in keyof T]?: Some<T[Field]> }
    : T;
