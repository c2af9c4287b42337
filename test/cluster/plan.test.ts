import { BlockList, isIPv4 } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  API_SERVICE,
  BRIDGE,
  CONTROL,
  DNS_SERVICE,
  EDGE,
  linkOf,
  type Machine,
  NODES,
  OUTSIDE,
  PODS,
  podRoutes,
  SERVICES,
} from './plan.ts'

const MACHINES: readonly Machine[] = [CONTROL, EDGE, ...NODES]

function within(network: string, address: string): boolean {
  const [base = '', bits] = network.split('/')
  const list = new BlockList()
  list.addSubnet(base, Number(bits))
  return list.check(address)
}

describe('the address plan', () => {
  it('gives every machine an address of its own on the bridge', () => {
    const addresses = [BRIDGE.address, ...MACHINES.map(machine => machine.address)]
    expect(new Set(addresses).size).toBe(addresses.length)
    for (const address of addresses) {
      expect(isIPv4(address)).toBe(true)
      expect(within(BRIDGE.network, address)).toBe(true)
    }
  })

  it('has pods, services, machines and phones in networks that do not overlap', () => {
    const networks = [BRIDGE.network, PODS, SERVICES, OUTSIDE.network]
    for (const network of networks)
      for (const other of networks.filter(n => n !== network)) {
        expect(within(network, other.split('/')[0] ?? '')).toBe(false)
      }
  })

  it('gives each node pods of its own', () => {
    for (const node of NODES) expect(within(PODS, node.pods.split('/')[0] ?? '')).toBe(true)
    expect(new Set(NODES.map(node => node.pods)).size).toBe(NODES.length)
  })

  it('has the well-known services among the services, and both ends of a call outside', () => {
    for (const address of [API_SERVICE, DNS_SERVICE]) expect(within(SERVICES, address)).toBe(true)
    for (const address of [OUTSIDE.edge, OUTSIDE.caller]) expect(within(OUTSIDE.network, address)).toBe(true)
  })

  it('routes to the pods of every node but one’s own', () => {
    expect(podRoutes(CONTROL)).toEqual([
      { to: '10.88.1.0/24', via: '10.77.0.11' },
      { to: '10.88.2.0/24', via: '10.77.0.12' },
    ])
    const [first = CONTROL] = NODES
    expect(podRoutes(first)).toEqual([{ to: '10.88.2.0/24', via: '10.77.0.12' }])
  })

  it('names links within what the kernel takes', () => {
    for (const machine of MACHINES) expect(linkOf(machine).length).toBeLessThanOrEqual(15)
  })
})
