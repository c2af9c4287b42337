import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RevisionRequest } from '#runtime/contract/revision.ts'
import { FakePod, plainSigner } from './testing/fake-pods.ts'
import { WorkerCalls } from './worker-calls.ts'

let pod: FakePod
let calls: WorkerCalls
beforeEach(async () => {
  pod = await FakePod.start(1)
  calls = new WorkerCalls({ signer: plainSigner, port: pod.port, timeoutMs: 2000 })
})
afterEach(async () => {
  calls.close()
  await pod.close()
})

const revision = { v: 1, id: 'r1', agent: 'acme/reception' } as RevisionRequest
const drain = { id: 'd1', deadline: 1000, end: { then: { hangUp: {} } } }

it('puts a revision with a token for that pod and verb', async () => {
  await calls.putRevision(pod.pod, 'reception-1', revision)
  expect(pod.asked).toEqual([
    {
      what: 'PUT /v1/revisions/reception-1',
      authorization: 'Bearer uid-1.revisions',
      body: JSON.stringify(revision),
    },
  ])
})

it('drains, and gives back what the worker holds to', async () => {
  pod.answer = { status: 200, body: '{"v":1,"id":"d1","deadline":900,"busy":3}' }
  expect(await calls.drain(pod.pod, drain)).toEqual({ v: 1, id: 'd1', deadline: 900, busy: 3 })
  expect(pod.asked).toEqual([
    { what: 'POST /v1/drain', authorization: 'Bearer uid-1.drain', body: JSON.stringify(drain) },
  ])
})

it.each<[string, number, string, string]>([
  ['another id', 200, '{"v":1,"id":"d0","deadline":900,"busy":3}', 'SB_LOADS_GARBLED'],
  ['no answer of ours', 200, 'OK', 'SB_LOADS_GARBLED'],
  ['a refused token', 401, '{"ok":false,"why":"unauthorized"}', 'SB_LOADS_UNAUTHORIZED'],
  ['a refusal', 400, '{"ok":false,"why":["id: too long"]}', 'SB_LOADS_REFUSED'],
  ['a fault', 500, 'oops', 'SB_LOADS_REFUSED'],
  ['more than any answer', 200, 'x'.repeat(1_000_000), 'SB_LOADS_UNREACHABLE'],
])('%s is no acknowledgement', async (_name, status, body, code) => {
  pod.answer = { status, body }
  await expect(calls.drain(pod.pod, drain)).rejects.toMatchObject({ code })
})

it('says in the words of the worker what is wrong with a revision', async () => {
  pod.answer = { status: 422, body: '{"ok":false,"code":"SB_WORKER_REVISION","why":"numbers.0: no number"}' }
  await expect(calls.putRevision(pod.pod, 'reception-1', revision)).rejects.toThrow('numbers.0: no number')
})

it('a pod that is not there fails, and closing ends what is under way', async () => {
  const { port } = pod
  await pod.close()
  await expect(calls.drain(pod.pod, drain)).rejects.toMatchObject({ code: 'SB_LOADS_UNREACHABLE' })
  const stuck = new WorkerCalls({ signer: { sign: () => Promise.resolve('x') }, port })
  stuck.close()
  stuck.close()
  await expect(stuck.drain(pod.pod, drain)).rejects.toMatchObject({ code: 'SB_LOADS_UNREACHABLE' })
})
