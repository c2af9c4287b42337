/** What is inside of a cluster, as its API tells. Pure. */
import type { PlaceNode } from '../place.ts'

/** As `kubectl get nodes -o json` has it, as far as it is read. */
export interface NodeObject {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly unschedulable?: boolean
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
    readonly taints?: readonly { readonly effect: string }[]
  }
  readonly status: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** Of the Service `kubernetes`. */
export interface EndpointSlice {
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[] | null
}

export interface Inside {
  /** Addresses of the API server. */
  readonly servers: readonly string[]
  /** Of all nodes, those that take no pods too. */
  readonly nodes: readonly string[]
  /** Networks of pods, in CIDR. */
  readonly pods: readonly string[]
}

const KEEPS_OFF: ReadonlySet<string> = new Set(['NoSchedule', 'NoExecute'])

/** @param slices of the Service `kubernetes` */
export function insideOf(nodes: readonly NodeObject[], slices: readonly EndpointSlice[]): Inside {
  return {
    servers: slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)),
    nodes: nodes.flatMap(({ status }) =>
      (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    ),
    pods: nodes.flatMap(networksOf),
  }
}

/** Networks of a node's pods. Empty where something else than Kubernetes gives them out. */
export function networksOf({ spec }: NodeObject): readonly string[] {
  return spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR])
}

/** Those that are Ready and take a pod that tolerates nothing. */
export function takingPods(nodes: readonly NodeObject[]): PlaceNode[] {
  const takes = ({ spec, status }: NodeObject): boolean =>
    spec.unschedulable !== true &&
    (spec.taints ?? []).every(({ effect }) => !KEEPS_OFF.has(effect)) &&
    (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True')
  return nodes.filter(takes).map(node => ({ name: node.metadata.name, address: insideOf([node], []).nodes[0] ?? '' }))
}

/** In CIDR, each once. @param host address of this machine: traces go there, though it may be a node itself */
export function deniedOf({ servers, nodes, pods }: Inside, host?: string): string[] {
  const alone = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`
  const addresses = [...servers, ...nodes].filter(address => address !== host)
  return [...new Set([...addresses.map(alone), ...pods])]
}
