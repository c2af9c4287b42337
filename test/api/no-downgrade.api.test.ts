import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { API_LEVEL } from '#crds/object.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { type Answer, MERGE } from '#test/apiserver/client.ts'
import { installCrds } from './crds.ts'
import { messageOf } from './server.ts'

const GUARD = 'charts/switchboard-crds/templates/no-downgrade.yaml'
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const OURS = `${PATH}/siptrunks.switchboard.dev`

// A server of its own: the guard holds for all CRDs of ours.
let server: ApiServer
beforeAll(async () => {
  server = await startApiServer()
  const guarded = await server.kubectl(['apply', '-f', GUARD])
  if (guarded.code !== 0) throw new Error(guarded.err)
  await installCrds(server)
})
afterAll(() => server.stop())

const setLevel = (level: number | null, path = OURS): Promise<Answer> =>
  server.client.request(
    'PATCH',
    `${path}?dryRun=All`,
    { metadata: { annotations: { 'switchboard.dev/api-level': level === null ? null : String(level) } } },
    MERGE,
  )

describe('CRDs are never downgraded', () => {
  // A policy is in force a moment after it was made.
  beforeAll(() => vi.waitUntil(async () => (await setLevel(API_LEVEL - 1)).status === 422, 20_000))

  it.each([API_LEVEL - 1, null])('not to level %s', async level => {
    const refused = await setLevel(level)
    expect(refused.status).toBe(422)
    expect(messageOf(refused)).toContain(
      `the API is at level ${API_LEVEL} here, and this brings level ${level ?? 0}: CRDs of Switchboard are never downgraded`,
    )
  })

  it.each([API_LEVEL, API_LEVEL + 1])('but come to level %s', async level => {
    expect((await setLevel(level)).status).toBe(200)
  })

  it('and nobody else is held up', async () => {
    const names = { kind: 'Other', plural: 'others', singular: 'other' }
    const schema = { openAPIV3Schema: { type: 'object' } }
    const versions = [{ name: 'v1', served: true, storage: true, schema }]
    const made = await server.client.request('POST', PATH, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'others.example.dev', annotations: { 'switchboard.dev/api-level': '9' } },
      spec: { group: 'example.dev', scope: 'Namespaced', names, versions },
    })
    expect(made.status).toBe(201)
    expect((await setLevel(1, `${PATH}/others.example.dev`)).status).toBe(200)
  })
})
