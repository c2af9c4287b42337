import { describe, expect, it } from 'vitest'
import { strangersIn } from './claim.ts'

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({ metadata: { name, labels } })
const MARKED = namespace('switchboard-system', { 'e2e.switchboard.dev/made': 'by-a-run' })
const CRD = 'customresourcedefinition.apiextensions.k8s.io/voiceagents.switchboard.dev'

describe('a cluster of somebody else’s', () => {
  it('is taken where nothing is in the way', () => {
    expect(strangersIn({ namespaces: [], objects: [] })).toEqual([])
  })

  it('is left alone where Switchboard is installed, wherever that is', () => {
    expect(strangersIn({ namespaces: [], objects: [CRD] })).toEqual([`Switchboard is installed there already: ${CRD}`])
    expect(strangersIn({ namespaces: [namespace('switchboard-system')], objects: [CRD] })).toHaveLength(2)
  })

  it('is left alone where a namespace has a name that a run would remove', () => {
    expect(strangersIn({ namespaces: [namespace('acme'), namespace('beta')], objects: [] })).toEqual([
      'namespaces that a run would make are there already: acme, beta',
    ])
    expect(
      strangersIn({ namespaces: [namespace('acme', { 'e2e.switchboard.dev/made': 'by-a-run' })], objects: [] }),
    ).toHaveLength(1)
  })

  it('is taken with what a run has left that broke off', () => {
    expect(strangersIn({ namespaces: [MARKED, namespace('acme')], objects: [CRD] })).toEqual([])
  })
})
