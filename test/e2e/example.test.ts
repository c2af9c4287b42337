import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { exampleFor, trunkWith } from './example.ts'

const TRUNK = readFileSync('examples/on-a-cluster/trunk.yaml', 'utf8')

interface Trunk {
  readonly spec: { readonly sip: { readonly peers: readonly { readonly cidr: string }[] } }
}

const peersOf = (text: string): string[] => (parse(text) as Trunk).spec.sip.peers.map(({ cidr }) => cidr)

it('is applied as it is where its trunk takes the edge', () => {
  expect(exampleFor({ peer: null })).toBe('examples/on-a-cluster')
  expect(exampleFor({ peer: null }, 'out/previous')).toBe(join('out/previous', 'examples/on-a-cluster'))
})

it('names the edge beside the peers of the trunk, and changes nothing else', () => {
  const changed = trunkWith(TRUNK, '203.0.113.7/32')
  expect(peersOf(changed)).toEqual([...peersOf(TRUNK), '203.0.113.7/32'])
  const { spec } = parse(changed) as Trunk
  const before = (parse(TRUNK) as Trunk).spec
  expect({ ...spec, sip: { ...spec.sip, peers: before.sip.peers } }).toEqual(before)
})

it('has a trunk where it is looked for', () => {
  expect(existsSync(join(exampleFor({ peer: null }), 'trunk.yaml'))).toBe(true)
})
