/** What a run on a cluster of somebody else's owes them, and whoever reads its report. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

export const places: readonly Break[] = [
  {
    name: 'e2e-takes-strangers',
    about: 'a run takes a cluster where somebody has Switchboard installed, and removes it at its end',
    file: 'test/e2e/place/claim.ts',
    find: 'if (system?.metadata.labels?.[MARK] !== undefined) return []',
    replace: 'if (system !== undefined) return []',
    caughtBy: tests('test/e2e/place/claim.test.ts'),
    expect: /is left alone where Switchboard is installed/,
  },
  {
    name: 'e2e-not-run-unsaid',
    about: 'what is not run on another cluster is not told of',
    file: 'test/e2e/parts.ts',
    find: "(['machines', 'nodes'] as const).flatMap",
    replace: "(['machines'] as const).flatMap",
    caughtBy: tests('test/e2e/parts.test.ts'),
    expect: /each of the others is told of/,
  },
  {
    name: 'e2e-edge-elsewhere',
    about: 'the edge takes a worker for a caller where it does not stand on a machine of its own',
    file: 'test/cluster/edge-files.ts',
    // The third: what an answer is.
    find: 'onreply_route[MEDIA] {\n  # An offer when the request had none, else an answer, to which no direction matters.\n  if ($Ri == "${outside}")',
    replace:
      'onreply_route[MEDIA] {\n  # An offer when the request had none, else an answer, to which no direction matters.\n  if ($Ri == "198.51.100.10")',
    caughtBy: tests('test/cluster/edge-files.test.ts'),
    expect: /stands where it is told to/,
  },
  {
    name: 'e2e-control-nodes-open',
    about: 'workers may reach the nodes that take no pods, where the API server is',
    file: 'test/e2e/place/inside.ts',
    find: 'nodes: nodes.flatMap(({ status }) =>',
    replace: 'nodes: nodes.filter(({ spec }) => spec.taints === undefined).flatMap(({ status }) =>',
    caughtBy: tests('test/e2e/place/inside.test.ts'),
    expect: /also one that takes no pods/,
  },
]
