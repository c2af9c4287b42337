import { describe, expect, it } from 'vitest'
import { isGiven, notRun, type Takes } from './parts.ts'

const PARTS: Readonly<Record<string, Takes | undefined>> = {
  deleted: undefined,
  stopped: 'machines',
  drained: 'nodes',
  cut: 'machines',
}
const names = (given: Parameters<typeof isGiven>[1]): string[] =>
  Object.keys(PARTS).filter(name => isGiven(PARTS[name], given))

describe('the parts of a suite', () => {
  it('are all run on the cluster of this machine', () => {
    for (const nodes of [true, false]) {
      expect(names({ machines: true, nodes })).toEqual(Object.keys(PARTS))
      expect(notRun(PARTS, { machines: true, nodes })).toEqual([])
    }
  })

  it('are those without hands elsewhere, and each of the others is told of', () => {
    const given = { machines: false, nodes: false }
    expect(names(given)).toEqual(['deleted'])
    const [hands = '', nodes = '', ...more] = notRun(PARTS, given)
    expect(hands).toMatch(/^not run: stopped, cut, for .*unset KUBECONFIG/)
    expect(nodes).toMatch(/^not run: drained, for .*--nodes yes/)
    expect(more).toEqual([])
  })

  it('empty nodes of somebody else’s when that is allowed', () => {
    const given = { machines: false, nodes: true }
    expect(names(given)).toEqual(['deleted', 'drained'])
    expect(notRun(PARTS, given)).toHaveLength(1)
  })
})
