/** `npm run bench -- SUITE`: figures beside a baseline of the same run; this machine is shared, so ratios count and absolutes do not. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('bench', {
  calls: {
    about: 'CPU, delay, gaps, barge-in, set-up and memory of calls, beside a bare forwarder',
    load: () => import('./calls/main.ts'),
  },
})
