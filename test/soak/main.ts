/** `npm run soak -- --minutes 10 --calls 50`: thousands of calls begun and ended in every way; what is left must equal the start. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('soak', {
  calls: {
    about: 'calls in every way, faults injected; handles, ports, timers, memory',
    load: () => import('./calls.ts'),
  },
})
