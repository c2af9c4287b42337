/** Where an e2e run takes place: the cluster on this machine, made when it is not there. */
import { binary } from '#test/apiserver/binaries.ts'
import { putSessionAhead } from '#test/cluster/ahead.ts'
import { attachCluster, type Cluster } from '#test/cluster/attach.ts'
import { routed, setWorkers } from '#test/cluster/edge.ts'
import type { Routed } from '#test/cluster/edge-files.ts'
import { kubeconfigOf } from '#test/cluster/keys.ts'
import { BRIDGE, OUTSIDE } from '#test/cluster/plan.ts'
import { say } from '#test/cluster/progress.ts'
import { bringUp } from '#test/cluster/up.ts'
import { type Child, start } from '#test/phones/process.ts'
import { IMAGE, switchboardImage } from './image.ts'
import { type Kube, openKube, type Pod } from './kube.ts'

export interface Place {
  readonly kube: Kube
  readonly kubeconfig: string
  /** What pods run. */
  readonly image: string
  /** Where pods send traces to: an address of this machine. */
  readonly host: string
  /** Whom phones call: `198.51.100.10`. */
  readonly edge: string
  /** Starts a command where phones are. */
  outside(command: string, args: readonly string[]): Child
  /** The address of phones there. */
  readonly phone: string
  /** Says which workers (`10.88.1.5:5060`) take new calls. */
  setWorkers(workers: readonly string[]): Promise<void>
  /** Hands on its machines. */
  readonly cluster: Cluster
  /** Kills the process of a pod's first container, as the kernel does for want of memory. */
  killContainer(pod: Pod): Promise<void>
  /** Output of a command of this machine, run on the network of a pod: as whoever has broken into it would. */
  inPod(pod: Pod, command: string, args: readonly string[], input?: string): Promise<string>
  /** The same, on the network of a node. */
  onNode(node: string, command: string, args: readonly string[], input?: string): Promise<string>
  /** Which worker was asked to take which call, in order. */
  routed(): Routed[]
}

/** A phone that gets no time hears holes that nobody made: it goes before whoever compiles. */
const OUTSIDE_NAMESPACE = [`--net=/run/netns/${OUTSIDE.name}`, '--', 'nice', '-n', '-10'] as const

/** @throws Error where KUBECONFIG names a cluster that phones of this machine have no way into */
export async function openPlace(): Promise<Place> {
  const ours = kubeconfigOf('admin')
  const named = process.env['KUBECONFIG'] ?? ours
  if (named !== ours)
    throw new Error(
      `KUBECONFIG names ${named}, and phones know the way into the cluster of this machine only: unset it`,
    )
  putSessionAhead(process.pid)
  const kubectl = await binary('kubectl', undefined, say)
  if (!(await bringUp(say))) say('the cluster is running already')
  const cluster = await attachCluster(say)
  const archive = switchboardImage(say)
  if (await cluster.load(archive)) say('the image is on both nodes')
  return {
    kube: openKube(kubectl, ours),
    kubeconfig: ours,
    image: IMAGE,
    host: BRIDGE.address,
    edge: OUTSIDE.edge,
    outside: (command, args) => start('nsenter', [...OUTSIDE_NAMESPACE, command, ...args]),
    phone: OUTSIDE.caller,
    setWorkers: workers => setWorkers(cluster.edge, workers),
    cluster,
    killContainer: ({ spec, status }) =>
      cluster.killContainer(spec.nodeName ?? '', status.containerStatuses?.[0]?.containerID ?? ''),
    inPod: ({ spec, status }, command, args, input) =>
      cluster.inContainer(spec.nodeName ?? '', status.containerStatuses?.[0]?.containerID ?? '', command, args, input),
    onNode: cluster.onNode,
    routed: () => routed(cluster.edge),
  }
}
