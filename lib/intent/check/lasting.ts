import { nearest } from '../../schema/nearest.ts';
import { dayOf } from '../day.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Flag } from '../flag.ts';
import { parseImage } from '../image.ts';
import type { ContractMigration } from '../migration.ts';
import type { ReleaseIntent } from '../release.ts';
import { checkResources } from './container.ts';
import { atLeast } from './lifecycle.ts';
import { checkDnsName, checkEnvName, checkLabel } from './names.ts';
import { type Place, type Problems, parsed, problem, repeated } from './problem.ts';

const FLAG_NAME = /^[a-zA-Z0-9][-._a-zA-Z0-9]{0,99}$/;

/** Flags that somebody owns and whose days are days, and migrations that know what they complete. */
export function* checkLasting(intent: ReleaseIntent): Problems {
  for (const [name, flag] of Object.entries(intent.flags ?? {})) yield* checkFlag(['flags', name], name, flag);
  yield* checkMigrations(intent);
}

function* checkFlag(place: Place, name: string, { owner, created, expires }: Flag): Problems {
  if (!FLAG_NAME.test(name))
    yield problem(place, `flag name '${name}' must begin with a letter or digit and have at most 100 letters, digits, '-', '_' and '.'.`);
  if (owner.trim() === '') yield problem([...place, 'owner'], `flag '${name}' has no owner.`, 'Name the person or team who removes it.');
  for (const [field, day] of Object.entries({ created, expires }))
    if (dayOf(day) === null) yield problem([...place, field], `'${day}' is no day, expected one such as 2026-04-01.`);
  const [from, to] = [dayOf(created), dayOf(expires)];
  if (from !== null && to !== null && to <= from)
    yield problem([...place, 'expires'], `flag '${name}' expires on ${expires}, not after the day it was created, ${created}.`);
}

function* checkMigrations({ migrations = [], smoke }: ReleaseIntent): Problems {
  for (const [index, migration] of migrations.entries()) {
    const place = ['migrations', index];
    const { name, container, deadline } = migration;
    const { image, env = {}, resources } = container;
    yield* checkLabel([...place, 'name'], name, 'migration name');
    yield* atLeast([...place, 'deadline'], deadline ?? DEFAULTS['MigrationJob.deadline'], 1);
    if (image !== undefined) yield* parsed([...place, 'container', 'image'], () => parseImage(image));
    if (resources !== undefined) yield* checkResources([...place, 'container', 'resources'], resources);
    for (const [variable, value] of Object.entries(env)) {
      yield* checkEnvName([...place, 'container', 'env', variable], variable);
      if (typeof value !== 'string') yield* checkDnsName([...place, 'container', 'env', variable, 'secret'], value.secret, 'secret');
    }
    if (migration.kind === 'contract') yield* checkContract([...place, 'of'], migration, migrations.slice(0, index));
  }
  yield* repeated(
    [
      ...smoke.map(({ name }, index): [Place, string] => [['smoke', index, 'name'], name]),
      ...migrations.map(({ name }, index): [Place, string] => [['migrations', index, 'name'], name]),
    ],
    (name) => `name '${name}'`,
  );
}

/** @param before the migrations that run before it */
function* checkContract(place: Place, { name, of }: ContractMigration, before: NonNullable<ReleaseIntent['migrations']>): Problems {
  const expands = before.filter((migration) => migration.kind === 'expand');
  const expand = expands.find((migration) => migration.name === of);
  if (!expand) {
    const meant = nearest(
      of,
      expands.map((migration) => migration.name),
    );
    yield problem(
      place,
      `contract migration '${name}' completes '${of}', and no expand migration before it has this name${meant === null ? '.' : `, did you mean '${meant}'?`}`,
      'Keep the expand migration in the list, before its contract: it does not run again.',
    );
  } else if (expand.oldShape !== 'unused')
    yield problem(
      place,
      `contract migration '${name}' takes away the old shape of '${of}', which this release itself still needs.`,
      `Once the code no longer uses it, write oldShape: 'unused' on '${of}', release that, and contract in a later release.`,
    );
}
