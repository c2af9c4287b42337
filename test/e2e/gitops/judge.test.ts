import { describe, expect, it } from 'vitest'
import { historyOf, type Seen } from './judge.ts'

const base: Seen = {
  kind: 'VoiceAgent',
  metadata: {
    name: 'reception',
    uid: 'u',
    resourceVersion: '1',
    generation: 3,
    managedFields: [
      { manager: 'argo', operation: 'Apply', time: '1', fieldsV1: { 'f:spec': { 'f:a': {} } } },
      { manager: 'operator', operation: 'Apply', subresource: 'status', time: '1', fieldsV1: {} },
    ],
  },
  spec: { a: 1, b: 2 },
  status: {
    calls: 1,
    columns: { calls: '1/20' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Serving' }],
  },
}
const meta = (more: object): Seen => ({ ...base, metadata: { ...base.metadata, ...more } })
const status = (more: object): Seen => ({ ...base, status: { ...(base.status as object), ...more } })
const ready = (is: string, reason: string): Seen => status({ conditions: [{ type: 'Ready', status: is, reason }] })

describe('no fight', () => {
  it('is an object that nothing happens to', () => {
    expect(historyOf([base])).toMatchObject({ writes: 0, faults: [] })
  })

  it('is a counter that changes, and times of writes', () => {
    const later = status({ calls: 2, columns: { calls: '2/20' } })
    const fields = base.metadata.managedFields?.map(field => ({ ...field, time: '2' }))
    const moved: Seen = { ...later, metadata: { ...later.metadata, resourceVersion: '2', managedFields: fields ?? [] } }
    expect(historyOf([base, moved])).toMatchObject({
      writes: 1,
      faults: [],
      changed: new Set(['calls', 'columns.calls']),
    })
  })

  it('is the note that kubectl keeps for itself', () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration'
    const share = { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${note}`]: {} } } }
    const manager = { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: share }
    const managedFields = [...(base.metadata.managedFields ?? []), manager]
    const noted = meta({ annotations: { [note]: '{}' }, managedFields })
    expect(historyOf([base, noted, base, noted])).toMatchObject({ writes: 3, notes: 3, faults: [] })
  })

  it('is a field in another order', () => {
    expect(historyOf([base, { ...base, spec: { b: 2, a: 1 } }]).faults).toEqual([])
  })
})

describe('a fight', () => {
  it.each<[string, readonly Seen[], string]>([
    ['a new generation', [base, meta({ generation: 4 })], 'its generation went from 3 to 4'],
    ['another value', [base, { ...base, spec: { a: 2, b: 2 } }], 'something but its status was written'],
    ['an annotation', [base, meta({ annotations: { x: 'y' } })], 'something but its status was written'],
    [
      'a field that changes hands',
      [base, meta({ managedFields: [{ manager: 'argo', operation: 'Apply', fieldsV1: { 'f:spec': {} } }] })],
      'fields changed hands: argo/Apply',
    ],
    [
      'a second owner',
      [
        base,
        meta({ managedFields: [...(base.metadata.managedFields ?? []), { manager: 'flux', operation: 'Apply' }] }),
      ],
      'fields changed hands: flux/Apply',
    ],
    ['an object made anew', [base, meta({ uid: 'v' })], 'it was deleted and made anew'],
    ['a status that says otherwise', [base, status({ pods: 3 })], 'status.pods changed'],
    [
      'a condition that goes back and forth',
      [base, ready('False', 'Starting'), base],
      'Ready goes back and forth: True Serving, False Starting, True Serving',
    ],
  ])('is %s', (_, seen, fault) => {
    expect(historyOf(seen).faults).toContain(fault)
  })
})
