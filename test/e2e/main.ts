/** `npm run e2e -- [SUITE …]`: Switchboard on a cluster, called from outside it: the one of this machine, or the one that KUBECONFIG names [--keep yes]. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('e2e', {
  calls: {
    about:
      'charts, the example, its agent Ready; baresip and our caller talk with pods on both nodes; a trace per call',
    load: () => import('./calls.ts'),
  },
  faults: {
    about: 'what Kubernetes and people do to a fleet while calls are up [--only NAME,NAME …] [--nodes yes]',
    load: () => import('./faults.ts'),
  },
  gitops: {
    about:
      'two tools apply the same agents every five seconds while calls are up: nobody fights [--seconds 120] [--fight yes]',
    load: () => import('./gitops.ts'),
  },
  plain: {
    about:
      'the cluster itself: plain pods called over the edge, policies enforced, phones kept outside, traces collected',
    load: () => import('./plain.ts'),
  },
  rights: {
    about:
      'what the operator may do against what it asks for, by the audit log; and what it may not do, tried in its name',
    load: () => import('./rights.ts'),
  },
  tenants: {
    about:
      'what a tenant must not do, tried with the rights of one, and from inside a worker: what each attempt was answered',
    load: () => import('./tenants.ts'),
  },
  upgrade: {
    about: 'the previous version, this one, and back, under calls and with writes between [--from REF]',
    load: () => import('./upgrade.ts'),
  },
})
