import { describe, expect, it } from 'vitest'
import { deniedOf, insideOf, type NodeObject, takingPods } from './inside.ts'

const READY = [{ type: 'Ready', status: 'True' }]

function node(name: string, address: string, spec: NodeObject['spec'] = {}, conditions = READY): NodeObject {
  const addresses = [
    { type: 'Hostname', address: name },
    { type: 'ExternalIP', address: '203.0.113.9' },
    { type: 'InternalIP', address },
  ]
  return { metadata: { name }, spec, status: { addresses, conditions } }
}

const SLICES = [{ endpoints: [{ addresses: ['192.0.2.2'] }] }, { endpoints: null }, {}]

describe('the nodes that pods are made on', () => {
  it('are those that are Ready and keep nobody off', () => {
    const nodes = [
      node('first', '192.0.2.11'),
      node('second', '192.0.2.12', { taints: [{ effect: 'PreferNoSchedule' }] }),
      node('control', '192.0.2.2', { taints: [{ effect: 'NoSchedule' }] }),
      node('sick', '192.0.2.13', { taints: [{ effect: 'NoExecute' }] }),
      node('cordoned', '192.0.2.14', { unschedulable: true }),
      node('dead', '192.0.2.15', {}, [{ type: 'Ready', status: 'Unknown' }]),
    ]
    expect(takingPods(nodes)).toEqual([
      { name: 'first', address: '192.0.2.11' },
      { name: 'second', address: '192.0.2.12' },
    ])
  })
})

describe('what workers must not reach', () => {
  it('is the API server, every node, also one that takes no pods, and the networks of pods', () => {
    const nodes = [
      node('first', '192.0.2.11', { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24', 'fd00:1::/64'] }),
      node('control', '192.0.2.3', { podCIDR: '10.244.1.0/24', taints: [{ effect: 'NoSchedule' }] }),
      node('six', '2001:db8::6'),
    ]
    expect(deniedOf(insideOf(nodes, SLICES))).toEqual([
      '192.0.2.2/32',
      '192.0.2.11/32',
      '192.0.2.3/32',
      '2001:db8::6/128',
      '10.244.0.0/24',
      'fd00:1::/64',
      '10.244.1.0/24',
    ])
  })

  it('is not the machine of the run, though it be a node: traces go there', () => {
    expect(deniedOf(insideOf([node('all', '192.0.2.2')], SLICES), '192.0.2.2')).toEqual([])
  })
})
