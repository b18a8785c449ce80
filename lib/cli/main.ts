#!/usr/bin/env node
import { chdir, exit, stderr, stdout } from 'node:process';
import { run } from './run.ts';

const color = stdout.isTTY === true && !process.env.NO_COLOR;
const code = await run(process.argv.slice(2), { out: (text) => stdout.write(text), err: (text) => stderr.write(text), color }, chdir);
// Whatever the app still has running ends here, once all that was said has been read.
stdout.write('', () => stderr.write('', () => exit(code)));
