// What the measurements of the CLI share: processes that say what they used, and a table that is printed and kept.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const REPORT =
  'process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write(`\\nused=${maxRSS} ${userCPUTime + systemCPUTime}\\n`); })';

/**
 * The best of three runs of a Node program, each a process of its own; its processor time says more than the clock where the
 * machine is busy.
 * @param before runs each time, and is not measured
 * @param accepted exit codes that are no failure
 */
export function bestOfThree(args, { cwd = process.cwd(), before = () => {}, accepted = [0] } = {}) {
  const runs = [1, 2, 3].map(() => {
    before();
    return once(args, cwd, accepted);
  });
  return {
    seconds: Math.min(...runs.map((run) => run.seconds)),
    cpu: Math.min(...runs.map((run) => run.cpu)),
    peak: Math.max(...runs.map((run) => run.peak)),
  };
}

function once(args, cwd, accepted) {
  const begin = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(REPORT)}`, ...args], {
    cwd,
    encoding: 'utf8',
    // A pipe that is read as it comes would count the reader's time.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seconds = (performance.now() - begin) / 1000;
  const [, peak, cpu] = /used=(\d+) (\d+)/.exec(stderr) ?? [];
  if (!accepted.includes(status) || peak === undefined) throw new Error(`${args.join(' ')}: ${stderr}`);
  return { seconds, peak: Number(peak) / 1024, cpu: Number(cpu) / 1e6 };
}

/** Lines that are printed as they come, the machine's description first. */
export class Table {
  #lines = [];

  constructor() {
    const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
    this.say(`node ${process.version}, ${availableParallelism()} cores (${processor}), ${Math.round(totalmem() / 2 ** 30)} GiB`);
    this.say(`load when it began: ${loadavg()[0].toFixed(1)}\n`);
  }

  row(cells) {
    this.say(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(10))).join(''));
  }

  say(line) {
    this.#lines.push(line);
    console.log(line);
  }

  /** @param what `lint`: of `tidegate lint`, in `lint-results.md` */
  keep(what) {
    writeFileSync(
      fileURLToPath(new URL(`${what}-results.md`, import.meta.url)),
      `# How fast \`tidegate ${what}\` is\n\nWritten by \`npm run bench\`.\n\n\`\`\`text\n${this.#lines.join('\n')}\n\`\`\`\n`,
    );
  }
}
