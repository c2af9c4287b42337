import { expect, it } from 'vitest'
import type { FleetInput, RevisionInput } from './fleet.ts'
import { replicasOf } from './replicas.ts'

const create = { do: 'createPod', name: 'a-1-x', revision: 'a-1', why: '' } as const
const REVISION: RevisionInput = { name: 'a-1', uid: 'u', resourceVersion: '7', replicas: 1, wanted: 1, template: 't' }
const of = (revision: Partial<RevisionInput>, creates: readonly (typeof create)[]) =>
  replicasOf(
    {
      revisions: [{ ...REVISION, ...revision }],
      pods: [],
      awaited: { creates: [], deletes: [] },
    } as unknown as FleetInput,
    [],
    creates,
  )

it('says the number before a create in any case, for a cache may be from before it was lowered', () => {
  expect(of({}, [create]).raises).toMatchObject([{ revision: 'a-1', replicas: 1, resourceVersion: null }])
})

it('but not of a revision that was made with it in this very turn', () => {
  expect(of({ fresh: true }, [create])).toEqual({ raises: [], lowers: [] })
})

it('raises what was made with too little, and lowers what was made with too much', () => {
  expect(of({ fresh: true, replicas: 0 }, [create]).raises).toMatchObject([{ replicas: 1 }])
  expect(of({ fresh: true, replicas: 3 }, [create]).lowers).toMatchObject([{ replicas: 1, resourceVersion: '7' }])
})
