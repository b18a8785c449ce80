export { drawFate, type Fact, type Fate, type FateOptions, type Happening, runnersOnly, undisturbed } from './fate.ts';
export { SHAPES, type Shape } from './release/plans.ts';
export { compare, live, type Outcome, type RunOptions, simulate } from './simulate.ts';
export type { Sabotage, Simulation, Witness } from './simulation.ts';
export { Timeline } from './timeline.ts';
