// The arrows between the rooms of the house, as rules of dependency-cruiser. Types count as imports: a room that needs
// another's types depends on it. Run by tools/check.mjs; test/house/arrows.test.ts plants wrong imports.

/** From the top of the house down: a room imports from its own level and from those below, never from above. */
const levels = [
  ['cli'],
  ['gitops', 'policy', 'sim', 'constructs', 'runner', 'notify'],
  ['engines', 'routers'],
  ['lock', 'plan', 'gates'],
  ['intent'],
  ['output'],
  ['schema'],
];

/** Rooms that import no more than what is listed: the pure ones, and what is bundled into the cluster. */
const confined = {
  plan: { builtins: ['crypto'], packages: [] },
  gates: { builtins: ['crypto'], packages: [] },
  lock: { builtins: ['crypto'], packages: ['yaml'] },
  runner: { builtins: 'all', packages: [] },
  notify: { builtins: 'all', packages: [] },
};

/** Tests that lie beside the code may import what the code may not. */
const tests = '\\.test\\.ts$';
const inRooms = (rooms) => `^lib/(${rooms.join('|')})/`;

const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Two files that import each other are one file, or miss a third.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-room-cycles',
    comment: 'Of two rooms of one level at most one imports the other.',
    scope: 'folder',
    from: { path: '^lib/([^/]+)' },
    to: { circular: true, path: '^lib/[^/]+', pathNot: '^lib/$1(/|$)' },
  },
  {
    name: 'resolvable',
    comment: 'The imported file or package must exist, and a package must be in package.json.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'known-room',
    comment: `A room of lib/ needs a level here: ${levels.flat().join(', ')}.`,
    from: {},
    to: { path: '^lib/[^/]+/', pathNot: inRooms(levels.flat()) },
  },
  ...levels.slice(1).map((rooms, above) => ({
    name: `arrows-of-${rooms.join('-')}`,
    comment: `${rooms.join(', ')} may not import what stands above: ${levels
      .slice(0, above + 1)
      .flat()
      .join(', ')}.`,
    from: { path: inRooms(rooms), pathNot: tests },
    to: { path: inRooms(levels.slice(0, above + 1).flat()) },
  })),
  {
    name: 'runner-is-small',
    comment: 'The runner is bundled into one small file: of ours it imports plan and gates, and types.',
    from: { path: inRooms(['runner']), pathNot: tests },
    to: { path: '^lib/', pathNot: inRooms(['runner', 'plan', 'gates', 'intent', 'schema']) },
  },
  {
    name: 'runner-takes-types',
    comment: 'From intent and schema the runner imports types only (`import type`).',
    from: { path: inRooms(['runner']), pathNot: tests },
    to: { path: inRooms(['intent', 'schema']), dependencyTypesNot: ['type-only'] },
  },
  ...Object.entries(confined).flatMap(([room, allowed]) => [
    {
      name: `${room}-packages`,
      comment: `Packages that ${room} may import: ${allowed.packages.join(', ') || 'none'}.`,
      from: { path: inRooms([room]), pathNot: tests },
      to: { path: '(^|/)node_modules/', pathNot: allowed.packages.map((name) => `(^|/)node_modules/${name}/`) },
    },
    ...(allowed.builtins === 'all'
      ? []
      : [
          {
            name: `${room}-is-pure`,
            comment: `${room} has no I/O, clock or process. Of Node it may import: ${allowed.builtins.join(', ')}.`,
            from: { path: inRooms([room]), pathNot: tests },
            to: { dependencyTypes: ['core'], pathNot: allowed.builtins.map((name) => `^(node:)?${name}$`) },
          },
        ]),
  ]),
  {
    name: 'index-is-for-users',
    comment: 'lib/index.ts is what charts import; rooms import each other directly.',
    from: { path: '^lib/', pathNot: tests },
    to: { path: '^lib/index\\.ts$' },
  },
  {
    name: 'lib-knows-no-users',
    comment: 'The library imports neither the example releases nor the tools that build it.',
    from: { path: '^(lib|policies|templates)/' },
    to: { path: '^(charts|tools)/' },
  },
  {
    name: 'rules-know-objects-only',
    comment: 'A rule sees objects, whoever made them: it imports what the linter offers, and the names of labels.',
    from: { path: '^policies/', pathNot: tests },
    to: { path: '^lib/', pathNot: ['^lib/policy/', '^lib/schema/', '^lib/lock/labels\\.ts$'] },
  },
  {
    name: 'rules-are-registered',
    comment: 'The linter takes rules as arguments; commands hand them in.',
    from: { path: '^lib/', pathNot: ['^lib/cli/', tests] },
    to: { path: '^policies/' },
  },
  {
    name: 'templates-write-intent',
    comment: 'Templates are pieces of intent: they import lib/intent only.',
    from: { path: '^templates/', pathNot: tests },
    to: { pathNot: ['^templates/', '^lib/intent/'] },
  },
  {
    name: 'charts-use-the-front-door',
    comment: "Charts are users' programs: they import 'tidegate' and 'tidegate/templates', not what is behind.",
    from: { path: '^charts/' },
    to: { path: '^(lib|templates|policies|tools)/', pathNot: ['^lib/index\\.ts$', '^templates/index\\.ts$'] },
  },
  {
    name: 'not-from-tests',
    comment: 'What ships never imports from test/; measurements of a real control plane find and ask it as its tests do.',
    from: { pathNot: ['^test/', '^tools/bench/', tests] },
    to: { path: '^test/' },
  },
];

module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
