import { type Call, callsOf, hasOption } from '../lib/policy/commands.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { SMOKE_KINDS, smokeJobsOf } from '../lib/policy/smoke.ts';
import { CONTAINER, smokeJob } from './example.ts';

const spec = 'activeDeadlineSeconds: 300\nbackoffLimit: 1';
const SCRIPT = `${CONTAINER}/command/2`;

export const smokeClientSafe: Rule = {
  id: 'smoke-client-safe',
  holds: 'curl and wget in smoke tests fail on an error status, and neither waits for ever',
  severity: 'error',
  kinds: SMOKE_KINDS,
  why: 'curl without --fail succeeds on a page that says 500, so the test passes whatever the candidate answers. Without time limits a candidate that never answers looks like one that is slow.',
  fix: 'Write `curl --fail --max-time 10 --connect-timeout 3 URL`, or `wget -T 10 URL`; wget fails on an error status by itself.',
  examples: [
    {
      title: 'curl takes 500 for success',
      yaml: smokeJob({ spec, script: 'curl -sS -m 10 --connect-timeout 3 http://web-canary/' }),
      finds: [SCRIPT],
    },
    { title: 'curl waits for ever', yaml: smokeJob({ spec, script: 'curl -fsS http://web-canary/' }), finds: [SCRIPT] },
    { title: 'wget waits for ever', yaml: smokeJob({ spec, script: 'wget -qO- http://web-canary/' }), finds: [SCRIPT] },
    { title: 'safe', yaml: smokeJob({ spec, script: 'curl -fsS --max-time 10 --connect-timeout 3 http://web-canary/' }), finds: [] },
    {
      title: 'the status is looked at',
      yaml: smokeJob({
        spec,
        script: `test 200 = "$(curl -s -m 9 --connect-timeout 3 -o /dev/null -w '%{http_code}' http://web-canary/)"`,
      }),
      finds: [],
    },
  ],
  *check(entry) {
    for (const { containers } of smokeJobsOf(entry))
      for (const container of containers)
        for (const call of callsOf(container)) {
          const missing = missingOptions(call);
          if (missing.length > 0)
            yield { path: call.path, message: `container '${container.name}' calls ${call.words[0]} without ${missing.join(' and ')}.` };
        }
  },
};

function missingOptions({ words: [program = '', ...words] }: Call): readonly string[] {
  switch (program.slice(program.lastIndexOf('/') + 1)) {
    case 'curl': {
      const looked = words.some((word) => word.includes('http_code') || word.includes('response_code'));
      return [
        ...(looked || hasOption(words, ['--fail', '--fail-with-body', '--fail-early'], 'f', false) ? [] : ['--fail']),
        ...(hasOption(words, ['--max-time'], 'm', true) ? [] : ['--max-time']),
        ...(hasOption(words, ['--connect-timeout'], null, true) ? [] : ['--connect-timeout']),
      ];
    }
    case 'wget':
      return hasOption(words, ['--timeout'], 'T', true) ? [] : ['-T (a time limit)'];
    default:
      return [];
  }
}
