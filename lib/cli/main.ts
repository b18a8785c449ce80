#!/usr/bin/env node
import { chdir, stderr, stdout } from 'node:process';
import { run } from './run.ts';

const color = stdout.isTTY === true && !process.env.NO_COLOR;
process.exitCode = await run(process.argv.slice(2), { out: (text) => stdout.write(text), err: (text) => stderr.write(text), color }, chdir);
