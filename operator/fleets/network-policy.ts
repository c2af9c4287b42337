/**
 * Who may talk to workers, and whom they may talk to, in one policy per namespace. What is not listed is denied. A policy knows addresses and
 * labels, not names of hosts: a name outside of the cluster becomes its port on every address but the denied ones.
 */
import { contains, parseAddress, parseCidr } from '#crds/cidr.ts'
import { MANAGED_BY, MANAGED_BY_LABEL, WORKER_NETWORK_POLICY } from './names.ts'
import { WORKERS } from './surroundings.ts'
import type { WorkerPorts } from './worker-config.ts'

/** Pods by labels in namespaces by labels; without pod labels all of them. */
export interface PodsPeer {
  readonly namespace: Readonly<Record<string, string>>
  readonly pods?: Readonly<Record<string, string>>
}

export interface NetworkOrder {
  readonly namespace: string
  readonly ports: WorkerPorts
  /** The operator, gateways: they use the HTTP API. */
  readonly control: readonly PodsPeer[]
  /** Who scrapes metrics. */
  readonly metrics: readonly PodsPeer[]
  /** Edges in the cluster, and networks whose SIP and RTP reach pods directly. */
  readonly edges: readonly PodsPeer[]
  readonly signalling: readonly string[]
  readonly media: readonly string[]
  /** What calls need: provider, declared tools, OTLP, ledger. */
  readonly urls: readonly string[]
  /** Resolvers beside the pods of kube-system, in CIDR: a node's own cache, or one outside of the cluster. */
  readonly dns: readonly string[]
  /** Names of the namespaces there are: whether `calendar.acme` is in the cluster. */
  readonly namespaces: ReadonlySet<string>
  /** Never reached, whatever is listed: the API server, nodes, pods of others, in CIDR. Link-local and metadata addresses are always denied. */
  readonly denied: readonly string[]
}

/** Where clouds keep what a pod must not read: link-local; IPv6 metadata of AWS, Alibaba's, Oracle's. */
const ALWAYS_DENIED = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254/128', '100.100.100.200/32', '192.0.0.192/32']
const DNS_PORT = 53
const NAMESPACE_NAME = 'kubernetes.io/metadata.name'

interface Port {
  readonly protocol: 'TCP' | 'UDP'
  readonly port?: number
  readonly endPort?: number
}

export function networkPolicy(order: NetworkOrder) {
  const { namespace } = order
  return {
    metadata: { namespace, name: WORKER_NETWORK_POLICY, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: {
      podSelector: { matchLabels: WORKERS },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingressOf(order),
      egress: egressOf(order),
    },
  }
}

function ingressOf({ ports, control, metrics, edges, signalling, media }: NetworkOrder): object[] {
  const http: Port[] = [{ protocol: 'TCP', port: ports.http }]
  const sip: Port[] = [
    { protocol: 'UDP', port: ports.sip },
    { protocol: 'TCP', port: ports.sip },
  ]
  const rtp: Port[] = [{ protocol: 'UDP', port: ports.rtp.from, endPort: ports.rtp.to }]
  return [
    from([...control, ...metrics].map(peerOf), http),
    from([...edges.map(peerOf), ...blocks(signalling)], sip),
    from([...edges.map(peerOf), ...blocks(media)], rtp),
  ].flat()
}

function egressOf(order: NetworkOrder): object[] {
  const { edges, signalling, media } = order
  const dns: Port[] = [
    { protocol: 'UDP', port: DNS_PORT },
    { protocol: 'TCP', port: DNS_PORT },
  ]
  // Which port a peer listens at is its own to say, in Via, Contact and SDP.
  const any: Port[] = [{ protocol: 'UDP' }, { protocol: 'TCP' }]
  return [
    to([peerOf({ namespace: { [NAMESPACE_NAME]: 'kube-system' } }), ...blocks(order.dns)], dns),
    to([...edges.map(peerOf), ...blocksWithout(order, signalling)], any),
    to(blocksWithout(order, media), [{ protocol: 'UDP' }]),
    ...destinations(order),
  ].flat()
}

/** One rule per kind of destination, in a stable order: the same lists make the same policy. */
function destinations(order: NetworkOrder): object[][] {
  const inside = new Set<string>()
  const addresses = new Map<string, Set<number>>()
  const outside = new Set<number>()
  for (const url of order.urls) {
    const { host, port } = hostOf(url) ?? {}
    if (host === undefined || port === undefined) continue
    const bytes = parseAddress(host)
    const space = spaceOf(host, order)
    if (space !== null) inside.add(space)
    else if (bytes === null) outside.add(port)
    else if (!denies(order, bytes)) addresses.set(host, (addresses.get(host) ?? new Set()).add(port))
  }
  const tcp = (numbers: Iterable<number>): Port[] =>
    [...numbers].toSorted((a, b) => a - b).map(port => ({ protocol: 'TCP', port }))
  return [
    // A Service's port is translated before the policy sees it, so it says nothing about the pod's.
    to(
      [...inside].toSorted().map(name => spacePeer(order, name)),
      [{ protocol: 'TCP' }],
    ),
    ...[...addresses]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([host, numbers]) => to([{ ipBlock: { cidr: `${host}/${host.includes(':') ? 128 : 32}` } }], tcp(numbers))),
    outside.size === 0 ? [] : to(everywhere(order), tcp(outside)),
  ]
}

function hostOf(url: string): { host: string; port: number } | null {
  if (!URL.canParse(url)) return null
  const { hostname, port, protocol } = new URL(url)
  const byDefault = protocol === 'https:' || protocol === 'wss:' ? 443 : 80
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? byDefault : Number(port) }
}

/** The namespace of a Service's name: `calendar`, `calendar.acme`, `calendar.acme.svc`, `calendar.acme.svc.cluster.local`. */
function spaceOf(host: string, { namespace, namespaces }: NetworkOrder): string | null {
  const [, space, svc, ...rest] = host.split('.')
  if (parseAddress(host) !== null) return null
  if (space === undefined) return namespace
  if (svc === undefined) return namespaces.has(space) ? space : null
  return svc === 'svc' && (rest.length === 0 || rest.length >= 2) ? space : null
}

function denies({ denied }: NetworkOrder, address: readonly number[]): boolean {
  return [...ALWAYS_DENIED, ...denied].some(text => {
    const network = parseCidr(text)
    return network !== null && contains(network, address)
  })
}

function everywhere(order: NetworkOrder): object[] {
  return blocksWithout(order, ['0.0.0.0/0', '::/0'])
}

/**
 * Networks that a trunk names are wide: private ones, with the API server, nodes and pods in them. What is denied is left out of each. A proxy that is
 * itself named inside of a denied network, as one on a node is, is reached all the same: its owner says so, and means it alone.
 */
function blocksWithout({ denied }: NetworkOrder, cidrs: readonly string[]): object[] {
  const all = [...new Set([...ALWAYS_DENIED, ...denied])].toSorted()
  return [...new Set(cidrs)].toSorted().flatMap(cidr => {
    if (ALWAYS_DENIED.some(text => covers(text, cidr))) return []
    const except = all.filter(text => covers(cidr, text) && !covers(text, cidr))
    return [{ ipBlock: { cidr, ...(except.length > 0 && { except }) } }]
  })
}

/** Whether all of the second network is in the first. */
function covers(outer: string, inner: string): boolean {
  const [network, other] = [parseCidr(outer), parseCidr(inner)]
  return network !== null && other !== null && network.bits <= other.bits && contains(network, other.bytes)
}

/** A namespace that a URL names: all of its pods but ours. Where the simulator is beside the operator, workers reach the simulator only. */
function spacePeer({ control }: NetworkOrder, name: string): object {
  const namespace = { [NAMESPACE_NAME]: name }
  const ours = control.filter(peer => peer.namespace[NAMESPACE_NAME] === name)
  const matchExpressions = ours.flatMap(({ pods = {} }) =>
    Object.entries(pods).map(([key, value]) => ({ key, operator: 'NotIn', values: [value] })),
  )
  return { ...peerOf({ namespace }), ...(matchExpressions.length > 0 && { podSelector: { matchExpressions } }) }
}

function peerOf({ namespace, pods }: PodsPeer): object {
  return {
    namespaceSelector: { matchLabels: namespace },
    ...(pods !== undefined && { podSelector: { matchLabels: pods } }),
  }
}

const blocks = (cidrs: readonly string[]): object[] =>
  [...new Set(cidrs)].toSorted().map(cidr => ({ ipBlock: { cidr } }))

/** No rule at all where there is no peer: an empty list of peers would let everybody in. */
const from = (peers: readonly object[], ports: readonly Port[]): object[] =>
  peers.length === 0 ? [] : [{ from: peers, ports }]
const to = (peers: readonly object[], ports: readonly Port[]): object[] =>
  peers.length === 0 ? [] : [{ to: peers, ports }]
