import type { ResolvedIntent, ResolvedMigration } from '../intent/resolved.ts';
import type { Plan } from '../plan/plan.ts';
import type { Problem } from '../schema/index.ts';
import { MIGRATIONS_ANNOTATION, UNUSED_SHAPES_ANNOTATION } from './labels.ts';
import { type Contracted, isExternal, type Lock, type Revision, type Stable } from './lock.ts';

/** The migrations that an attempt runs: those that stable's own intent did not have. What stable has, has run. */
export function pendingMigrations(migrations: readonly ResolvedMigration[], stable: Stable): readonly ResolvedMigration[] {
  const done = namesIn(stable, MIGRATIONS_ANNOTATION);
  return migrations.filter(({ name }) => !done.includes(name));
}

/**
 * Jobs of one attempt start together, in whatever order: one that builds on another's shape would find it or not.
 * @param pending those that the attempt would run
 */
export function orderProblems(migrations: readonly ResolvedMigration[], pending: readonly ResolvedMigration[]): readonly Problem[] {
  const [first, second] = pending;
  if (!first || !second) return [];
  return [
    {
      path: `migrations[${migrations.indexOf(second)}]`,
      message: `migrations ${pending.map(({ name }) => `'${name}'`).join(', ')} have not run yet, and a release runs one: Jobs that start together have no order.`,
      help: `Release '${first.name}' alone; write the next one once Git says that this release is stable.`,
    },
  ];
}

/**
 * Contract migrations of a release of high risk: they would run when Git is applied, before the approvals of their plan.
 * @param pending those that the attempt would run
 */
export function unapprovedProblems({ risk, migrations = [] }: ResolvedIntent, pending: readonly ResolvedMigration[]): readonly Problem[] {
  if (risk !== 'high') return [];
  return pending.flatMap((migration) =>
    migration.kind === 'expand'
      ? []
      : [
          {
            path: `migrations[${migrations.indexOf(migration)}]`,
            message: `contract migration '${migration.name}' would run before people have approved the release, whose risk is high, and cannot be taken back.`,
            help: `Leave it out of the intent. Once Git carries no revision that needs the old shape of '${migration.of}', bring a Job of your own with it: the review of that change is its approval.`,
          },
        ],
  );
}

/**
 * Contract migrations that would take away what a revision needs to which traffic may still go back: stable, and all that
 * Git still carries.
 * @param pending those that the attempt would run
 * @param wanted the revision that the intent describes
 */
export function contractProblems(
  migrations: readonly ResolvedMigration[],
  pending: readonly ResolvedMigration[],
  { stable, inFlight, retiring }: Lock,
  wanted: Revision,
): readonly Problem[] {
  const carried: readonly (readonly [role: string, revision: Stable])[] = [
    ['stable', stable],
    ...(inFlight ? [['in flight', inFlight.candidate] as const] : []),
    ...retiring.map(({ revision }) => ['retiring', revision] as const),
  ];
  const others = carried.filter(([, revision]) => isExternal(revision) || revision.rev !== wanted.rev);
  return pending.flatMap((migration) => {
    if (migration.kind !== 'contract') return [];
    const needing = others.filter(([, revision]) => !namesIn(revision, UNUSED_SHAPES_ANNOTATION).includes(migration.of));
    if (needing.length === 0) return [];
    const who = needing.map(([role, revision]) => `${isExternal(revision) ? revision.deployment : revision.name} (${role})`).join(', ');
    return [
      {
        path: `migrations[${migrations.indexOf(migration)}]`,
        message: `contract migration '${migration.name}' takes away the old shape of '${migration.of}', which ${who} still ${needing.length === 1 ? 'needs' : 'need'}: a release that fails could not go back.`,
        help: `Release code that no longer uses the old shape with oldShape: 'unused' on '${migration.of}', wait until Git carries no other revision, and contract then.`,
      },
    ];
  });
}

/** What is known to be contracted once a plan is in flight; nothing where no contract ever was. */
export function contractedWith({ contracted = [] }: Lock, { steps }: Plan): Pick<Lock, 'contracted'> {
  const planned = steps.flatMap((step): Contracted[] => {
    if (step.kind !== 'smoke' || !('migration' in step.test) || step.test.migration.kind !== 'contract') return [];
    const { name, of } = step.test.migration;
    return contracted.some((known) => known.name === name) ? [] : [{ name, of }];
  });
  const all = [...contracted, ...planned];
  return all.length === 0 ? {} : { contracted: all };
}

/** Expand migrations whose old shape the wanted code needs, though a contract has taken it away. */
export function goneProblems({ migrations = [] }: ResolvedIntent, { contracted = [] }: Lock): readonly Problem[] {
  return migrations.flatMap((migration, index) => {
    const contract = contracted.find(({ of }) => of === migration.name);
    if (!contract || migration.kind !== 'expand' || migration.oldShape === 'unused') return [];
    return [
      {
        path: `migrations[${index}]`,
        message: `the code needs the old shape of '${migration.name}', which contract migration '${contract.name}' of an earlier attempt took away, or may have.`,
        help: `Write oldShape: 'unused' where the code does not need it. Where it does, restore the shape: put an expand migration of a new name in the place of '${migration.name}'.`,
      },
    ];
  });
}

/** Contract migrations that have taken, or may have, an old shape that a frozen revision still needs. */
export function unmetShapes(revision: Revision, { contracted = [] }: Lock): readonly Contracted[] {
  const unused = namesIn(revision, UNUSED_SHAPES_ANNOTATION);
  return contracted.filter(({ of }) => !unused.includes(of));
}

function namesIn(revision: Stable, annotation: string): readonly string[] {
  if (isExternal(revision)) return [];
  return revision.objects.deployment.metadata.annotations?.[annotation]?.split(',') ?? [];
}
