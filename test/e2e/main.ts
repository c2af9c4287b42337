/** `npm run e2e -- [SUITE …]`: Switchboard on a cluster, called from outside it. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('e2e', {
  calls: {
    about:
      'charts, the example, its agent Ready; baresip and our caller talk with pods on both nodes; a trace per call',
    load: () => import('./calls.ts'),
  },
  faults: {
    about: 'what Kubernetes and people do to a fleet while calls are up [--only NAME,NAME …]',
    load: () => import('./faults.ts'),
  },
  plain: {
    about:
      'the cluster itself: plain pods called over the edge, policies enforced, phones kept outside, traces collected',
    load: () => import('./plain.ts'),
  },
})
