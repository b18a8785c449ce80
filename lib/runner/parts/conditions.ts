// What few conditions use, beside the runner's program that reads them.
export { NATIVE } from '../../gates/condition/rarer.ts';
