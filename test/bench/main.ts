/** `npm run bench -- SUITE`: figures beside a baseline of the same run; this machine is shared, so ratios count and absolutes do not. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('bench', {
  calls: {
    about:
      'CPU, delay, gaps, barge-in, set-up and memory of calls, beside a bare forwarder: --calls 50,100,200 --seconds 20 --warm-up 100 --only load --profile FOLDER',
    load: () => import('./calls/main.ts'),
  },
  'media-streams': {
    about:
      'CPU and delays over Twilio media streams, beside the same bridge by @openai/agents-extensions: --calls 40 --seconds 20 --warm-up 100 --profile FOLDER',
    load: () => import('./media-streams/main.ts'),
  },
  resample: {
    about: 'CPU of the rates of a Gemini call, beside Speex: --seconds 200',
    load: () => import('./resample/main.ts'),
  },
  loads: {
    about: 'what following the load of 1,000 and 10,000 workers costs the operator: --pods 1000,10000 --seconds 20',
    load: () => import('./loads/main.ts'),
  },
  operator: {
    about:
      'agents by the thousand on a real API server with kwok nodes: --agents 1000 --qps 100 --deployments no --profile FOLDER --node=FLAG,FLAG',
    load: () => import('./operator/main.ts'),
  },
})
