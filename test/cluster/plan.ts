/**
 * Who is where in the test cluster. Names and addresses are fixed, so that routes, keys and tests agree on them; `SWITCHBOARD_CLUSTER` = 1 … 7 gives
 * those of another cluster beside the first.
 */
import type { Feet } from './edge-files.ts'

const NUMBER = numberOf(process.env['SWITCHBOARD_CLUSTER'] ?? '0')
const PREFIX = NUMBER === 0 ? 'sb' : `sb${NUMBER}`
const NETWORK = `10.${77 + NUMBER}.0`

/** All that the cluster keeps on disk; gone when it is taken down. Short, for sockets lie in it. */
export const FOLDER = folderOf(NUMBER)
/** Those of all clusters that there may be beside it. */
export const OTHER_FOLDERS: readonly string[] = Array.from({ length: 8 }, (_, n) => folderOf(n)).filter(
  folder => folder !== FOLDER,
)

/** A switch of its own that all machines are plugged into; this machine has the first address on it. */
export const BRIDGE = {
  name: NUMBER === 0 ? 'sb0' : `${PREFIX}-0`,
  address: `${NETWORK}.1`,
  network: `${NETWORK}.0/24`,
} as const

const POD_NETWORK = `10.${88 + NUMBER}`
export const PODS = `${POD_NETWORK}.0.0/16`
export const SERVICES = '10.96.0.0/16'
/** The API server's own Service: the first address of {@link SERVICES}. */
export const API_SERVICE = '10.96.0.1'
export const DNS_SERVICE = '10.96.0.10'
export const DOMAIN = 'cluster.local'

/** A network namespace, and for most a mount and a process namespace with it: when its first process dies, all of it is gone. */
export interface Machine {
  readonly name: string
  /** On {@link BRIDGE}. */
  readonly address: string
}

export interface Node extends Machine {
  /** The node's name in Kubernetes. */
  readonly node: string
  readonly zone: string
  /** Addresses of its pods. */
  readonly pods: string
}

/** The API server and all that belongs to it. */
export const CONTROL: Machine = { name: `${PREFIX}-control`, address: `${NETWORK}.2` }
export const API_URL = `https://${CONTROL.address}:6443`

export const NODES: readonly Node[] = [1, 2].map(n => ({
  name: `${PREFIX}-node${n}`,
  node: `node${n}`,
  zone: `zone-${n}`,
  address: `${NETWORK}.${10 + n}`,
  pods: `${POD_NETWORK}.${n}.0/24`,
}))

/** The way in for phones: one foot on the nodes' network, one outside. It forwards no packet, it only relays calls. */
export const EDGE: Machine = { name: `${PREFIX}-edge`, address: `${NETWORK}.21` }

/** Where phones are. It reaches {@link OUTSIDE.edge} and nothing else. */
export const OUTSIDE = {
  name: `${PREFIX}-outside`,
  network: '198.51.100.0/24',
  /** The edge's address as phones know it. */
  edge: '198.51.100.10',
  /** A caller's. */
  caller: '198.51.100.20',
} as const

/** Where the edge stands: a machine of its own has all ports for itself. */
export const FEET: Feet = { outside: OUTSIDE.edge, inside: EDGE.address, port: 5060, control: 2223 }

/** A link of this machine into a machine's namespace. At most 15 characters, as the kernel wants. */
export function linkOf(machine: Machine): string {
  return `v${machine.name}`
}

/** What a machine has to know about pods: the route to those of every node but itself. */
export function podRoutes(machine: Machine): readonly { readonly to: string; readonly via: string }[] {
  return NODES.filter(node => node.name !== machine.name).map(node => ({ to: node.pods, via: node.address }))
}

/** @throws Error for what is no number of a cluster: the addresses after 7 are those of Services */
function numberOf(text: string): number {
  if (!/^[0-7]$/.test(text)) throw new Error(`SWITCHBOARD_CLUSTER is "${text}": write a number from 0 to 7`)
  return Number(text)
}

function folderOf(number: number): string {
  return `/var/lib/switchboard-cluster${number === 0 ? '' : number}`
}
