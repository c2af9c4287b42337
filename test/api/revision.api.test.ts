import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '#crds/canonical.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { type Answer, APPLY, MERGE } from '#test/apiserver/client.ts'
import { type Crd, established, installCrds, readCrd, schemaOf } from './crds.ts'
import { causesOf, type Json, messageOf, pathOf } from './server.ts'

// A server of its own: the schema changes under the objects.
let server: ApiServer
beforeAll(async () => {
  server = await startApiServer()
  await installCrds(server)
})
afterAll(() => server.stop())

const IMMUTABLE = 'a snapshot never changes: a new behaviour is a new revision'
const PATH = (name: string): string => pathOf('VoiceAgentRevision', 'default', name)

/** Everything that JSON can hold and a schema could prune, coerce or default. */
const content = {
  instructions: 'Be kind. {{ not rendered }}',
  unknownToAll: { deep: [{ a: null }, [], {}, [[1, 'x', false]], ''], replicas: '3' },
  kind: 'VoiceAgent',
  apiVersion: 'v1',
  metadata: { name: 'a', creationTimestamp: null },
  numbers: [0, -1, 0.1, 1.5, 1e21, 1e-7, 9007199254740991, -9007199254740991],
  text: '\u0000\u2028"\\ üñ 😀',
  'x-kubernetes-preserve-unknown-fields': true,
  'a.b/c~d': 1,
}
const revision = (name: string): Json => ({
  apiVersion: 'switchboard.dev/v1alpha1',
  kind: 'VoiceAgentRevision',
  metadata: { name },
  spec: { agentRef: { name: 'reception' }, snapshot: { schemaVersion: 1, hash: 'a'.repeat(64), content } },
})

const snapshotOf = (answer: Answer): unknown => (answer.body as { spec: { snapshot: unknown } }).spec.snapshot
const contentNow = async (name: string): Promise<unknown> =>
  (snapshotOf(await server.client.request('GET', PATH(name))) as { content: unknown }).content
async function make(name: string): Promise<void> {
  const made = await server.client.request('POST', PATH(''), revision(name))
  expect(made.status === 201 ? '' : messageOf(made)).toBe('')
}

/** The CRD as another release has it. Status and spec gain a field, or what this release added is gone again. */
async function install(change: (schema: ReturnType<typeof schemaOf>) => void): Promise<void> {
  const crd: Crd = readCrd('VoiceAgentRevision')
  change(schemaOf(crd))
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}?fieldManager=kubectl&force=true`
  const answer = await server.client.request('PATCH', path, JSON.stringify(crd), APPLY)
  expect(answer.status === 200 ? '' : messageOf(answer)).toBe('')
  await established(server.client, 'VoiceAgentRevision')
}

describe('a snapshot', () => {
  it('is stored to the byte, whatever is in it', async () => {
    await make('bytes')
    expect(canonicalJson(await contentNow('bytes'))).toBe(canonicalJson(content))
  })

  it.each([
    ['another word', MERGE, { spec: { snapshot: { content: { instructions: 'Be rude.' } } } }],
    ['another hash', MERGE, { spec: { snapshot: { hash: 'b'.repeat(64) } } }],
    ['a member more', MERGE, { spec: { snapshot: { content: { more: 1 } } } }],
    ['a member less, deep down', MERGE, { spec: { snapshot: { content: { unknownToAll: { deep: null } } } } }],
    ['another version', MERGE, { spec: { snapshot: { schemaVersion: 2 } } }],
  ])('takes no %s', async (_, type, patch) => {
    const name = 'fixed'
    if ((await server.client.request('GET', PATH(name))).status === 404) await make(name)
    const answer = await server.client.request('PATCH', PATH(name), patch, type)
    expect(answer.status).toBe(422)
    expect(causesOf(answer)).toEqual([expect.objectContaining({ field: 'spec.snapshot' })])
    expect(messageOf(answer)).toContain(IMMUTABLE)
    expect(canonicalJson(await contentNow(name))).toBe(canonicalJson(content))
  })

  it('cannot be taken away, nor come with a status', async () => {
    await make('kept')
    const gone = await server.client.request('PATCH', PATH('kept'), { spec: { snapshot: null } }, MERGE)
    expect(messageOf(gone)).toContain('spec.snapshot: Required value')
    const patch = { spec: { snapshot: { hash: 'c'.repeat(64) } }, status: { phase: 'Serving' } }
    const status = await server.client.request('PATCH', `${PATH('kept')}/status`, patch, MERGE)
    expect(status.status).toBe(200)
    expect((snapshotOf(status) as { hash: string }).hash).toBe('a'.repeat(64))
  })

  it('holds the rest of the spec mutable, and the scale', async () => {
    await make('scaled')
    const scaled = await server.client.request('PATCH', `${PATH('scaled')}/scale`, { spec: { replicas: 3 } }, MERGE)
    expect(scaled.status).toBe(200)
    const now = await server.client.request('GET', PATH('scaled'))
    expect((now.body as { spec: { replicas: number } }).spec.replicas).toBe(3)
    expect(canonicalJson(await contentNow('scaled'))).toBe(canonicalJson(content))
  })

  it('lives through upgrade, write, rollback, write', async () => {
    await make('old')
    const write = async (name: string, replicas: number): Promise<void> => {
      const spec = await server.client.request('PATCH', PATH(name), { spec: { replicas } }, MERGE)
      expect(spec.status).toBe(200)
      const status = await server.client.request(
        'PATCH',
        `${PATH(name)}/status`,
        { status: { calls: replicas } },
        MERGE,
      )
      expect(status.status).toBe(200)
    }
    // The next release: more fields, beside the snapshot and within its schema.
    await install(schema => {
      const spec = schema.properties?.['spec']
      const { content: inner } = spec?.properties?.['snapshot']?.properties ?? {}
      Object.assign(spec?.properties ?? {}, { weightClass: { type: 'string' } })
      Object.assign(inner?.properties ?? {}, { instructions: { type: 'string' } })
    })
    await make('new')
    const wider = await server.client.request('PATCH', PATH('new'), { spec: { weightClass: 'heavy' } }, MERGE)
    expect((wider.body as { spec: Json }).spec['weightClass']).toBe('heavy')
    for (const name of ['old', 'new']) await write(name, 2)
    // Back to this one. What it does not know outside the snapshot is lost at the next write; the snapshot is whole.
    await install(() => {})
    for (const name of ['old', 'new']) await write(name, 3)
    for (const name of ['old', 'new']) expect(canonicalJson(await contentNow(name))).toBe(canonicalJson(content))
    const narrower = await server.client.request('GET', PATH('new'))
    expect((narrower.body as { spec: Json }).spec['weightClass']).toBeUndefined()
    // And to one before it, that knows of a snapshot and nothing else.
    await install(schema => {
      const { spec, status } = schema.properties ?? {}
      Object.assign(schema.properties ?? {}, { status: { type: status?.type } })
      const { snapshot, agentRef, replicas } = spec?.properties ?? {}
      Object.assign(spec ?? {}, { properties: { snapshot, agentRef, replicas } })
    })
    for (const name of ['old', 'new']) {
      const answer = await server.client.request('PATCH', PATH(name), { spec: { replicas: 4 } }, MERGE)
      expect(answer.status).toBe(200)
      expect(canonicalJson(await contentNow(name))).toBe(canonicalJson(content))
      const changed = { spec: { snapshot: { content: { instructions: 'Be rude.' } } } }
      expect(messageOf(await server.client.request('PATCH', PATH(name), changed, MERGE))).toContain(IMMUTABLE)
    }
  })

  it('outlives the API server', async () => {
    await make('crashed')
    await server.interrupt()
    await server.resume()
    expect(canonicalJson(await contentNow('crashed'))).toBe(canonicalJson(content))
  })
})
