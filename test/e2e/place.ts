/** Where an e2e run takes place: the cluster of this machine, made when it is not there, or the one that KUBECONFIG names. */
import type { Cluster } from '#test/cluster/attach.ts'
import type { Routed } from '#test/cluster/edge-files.ts'
import { kubeconfigOf } from '#test/cluster/keys.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import type { Child } from '#test/phones/process.ts'
import type { Asked } from './audit-log.ts'
import type { Kube, Pod } from './kube.ts'

/** What a run needs of any cluster. */
export interface Place {
  readonly kube: Kube
  readonly kubeconfig: string
  /** What pods run. */
  readonly image: string
  /** Nodes that pods are made on. */
  readonly nodes: readonly PlaceNode[]
  /** Networks that workers must not reach unless they are declared, as the chart's `network.deny`. */
  readonly deny: readonly string[]
  /** Where pods send traces to: an address of this machine. */
  readonly host: string
  /** Whom phones call: `198.51.100.10`. */
  readonly edge: string
  /** Where workers hear the edge from, if the example's trunk does not name it: `192.0.2.7/32`. */
  readonly peer: string | null
  /** Starts a command where phones are. */
  outside(command: string, args: readonly string[]): Child
  /** The address of phones there. */
  readonly phone: string
  /** Says which workers (`10.88.1.5:5060`) take new calls. */
  setWorkers(workers: readonly string[]): Promise<void>
  /** Which worker was asked to take which call, in order. */
  routed(): Routed[]
  /** Only the cluster of this machine lets tests lay hands on its machines. */
  readonly machines: Machines | null
}

export interface PlaceNode {
  /** In Kubernetes. */
  readonly name: string
  readonly address: string
}

/** Hands on the machines of a cluster. */
export interface Machines extends Omit<Cluster, 'edge' | 'killContainer' | 'inContainer'> {
  /** Kills the process of a pod's first container, as the kernel does for want of memory. */
  killContainer(pod: Pod): Promise<void>
  /** All that a user asked of the API server, oldest first, by its audit log. */
  readAudit(user: string): Promise<Asked[]>
  /** Output of a command of this machine, run on the network of a pod: as whoever has broken into it would. */
  inPod(pod: Pod, command: string, args: readonly string[], input?: string): Promise<string>
}

/** A place and its end. */
export interface OpenPlace extends Place {
  /** @param keep leaves on the cluster what the run has made there */
  close(report: Report, keep: boolean): Promise<void>
}

type Work = (place: Place, report: Report, options: Options) => Promise<void>

/**
 * A suite on whatever cluster there is. `--keep yes` leaves charts and agents on a cluster that is not of this machine.
 * @param takes `machines`: all of it takes hands on them, so that on any other cluster it is refused at once
 */
export function inPlace(work: Work, takes?: 'machines'): (report: Report, options: Options) => Promise<void> {
  return async (report, options) => {
    const anywhere = !isOfThisMachine(process.env['KUBECONFIG'])
    if (anywhere && takes === 'machines') throw new Error(HANDS)
    const place = anywhere
      ? await (await import('./place/another.ts')).openAnother(report)
      : await (await import('./place/this-machine.ts')).openThisMachine()
    try {
      await work(place, report, options)
    } finally {
      await place.close(report, options['keep'] !== undefined)
    }
  }
}

/** @throws Error in a sentence, in a place where nobody has hands on the machines */
export function handsOn({ machines }: Place): Machines {
  if (machines === null) throw new Error(HANDS)
  return machines
}

const HANDS =
  'this takes hands on the machines of the cluster: unset KUBECONFIG, and the run is on the cluster of this machine'

function isOfThisMachine(kubeconfig: string | undefined): boolean {
  return kubeconfig === undefined || kubeconfig === '' || kubeconfig === kubeconfigOf('admin')
}
