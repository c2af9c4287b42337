/** The cluster of this machine, with hands on all of it. */
import { binary } from '#test/apiserver/binaries.ts'
import { putSessionAhead } from '#test/cluster/ahead.ts'
import { attachCluster } from '#test/cluster/attach.ts'
import { routed, setWorkers } from '#test/cluster/edge.ts'
import { kubeconfigOf } from '#test/cluster/keys.ts'
import { BRIDGE, CONTROL, NODES, OUTSIDE, PODS } from '#test/cluster/plan.ts'
import { say } from '#test/cluster/progress.ts'
import { bringUp } from '#test/cluster/up.ts'
import { start } from '#test/phones/process.ts'
import { readAudit } from '../audit-log.ts'
import { IMAGE, switchboardImage } from '../image.ts'
import { openKube, type Pod } from '../kube.ts'
import type { OpenPlace } from '../place.ts'
import { deniedOf } from './inside.ts'

/** A phone that gets no time hears holes that nobody made: it goes before whoever compiles. */
const OUTSIDE_NAMESPACE = [`--net=/run/netns/${OUTSIDE.name}`, '--', 'nice', '-n', '-10'] as const

export async function openThisMachine(): Promise<OpenPlace> {
  const kubeconfig = kubeconfigOf('admin')
  putSessionAhead(process.pid)
  const kubectl = await binary('kubectl', undefined, say)
  if (!(await bringUp(say))) say('the cluster is running already')
  const cluster = await attachCluster(say)
  const archive = switchboardImage(say)
  if (await cluster.load(archive)) say('the image is on both nodes')
  const idOf = ({ status }: Pod): string => status.containerStatuses?.[0]?.containerID ?? ''
  // Not as the API has them: a node that a test has left switched off is one of them all the same.
  const nodes = NODES.map(({ node, address }) => ({ name: node, address }))
  return {
    kube: openKube(kubectl, kubeconfig),
    kubeconfig,
    image: IMAGE,
    nodes,
    deny: deniedOf({ servers: [CONTROL.address], nodes: nodes.map(({ address }) => address), pods: [PODS] }),
    host: BRIDGE.address,
    edge: OUTSIDE.edge,
    // It is in a private network.
    peer: null,
    outside: (command, args) => start('nsenter', [...OUTSIDE_NAMESPACE, command, ...args]),
    phone: OUTSIDE.caller,
    setWorkers: workers => setWorkers(cluster.edge, workers),
    routed: () => routed(cluster.edge),
    machines: {
      ...cluster,
      readAudit,
      killContainer: pod => cluster.killContainer(pod.spec.nodeName ?? '', idOf(pod)),
      inPod: (pod, command, args, input) =>
        cluster.inContainer(pod.spec.nodeName ?? '', idOf(pod), command, args, input),
    },
    // It is made for tests: what one leaves is there for the next, and to be looked at.
    close: () => Promise.resolve(),
  }
}
