/** What the accounts and roles of the chart may do, asked of a real API server, resource by resource and verb by verb. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { client, kubectl, makeNamespace } from '#test/api/server.ts'
import { NAMESPACE, rendered } from './chart.ts'
import { openHelm } from './helm.ts'
import { type Asked, allVerbs, discovered, mayDo, rightsOf } from './rights.ts'

const OPERATOR = `system:serviceaccount:${NAMESPACE}:switchboard-operator`
const { helm, close } = openHelm(inject('helm'))
let resources: readonly Asked[] = []

beforeAll(async () => {
  const roles = (await rendered(helm, NAMESPACE)).filter(({ apiVersion }) => apiVersion.startsWith('rbac.'))
  await makeNamespace(NAMESPACE)
  const bound = ['view', 'edit', 'admin'].map(role => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `test-${role}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `switchboard-${role}` },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: role }],
  }))
  const list = { apiVersion: 'v1', kind: 'List', items: [...roles, ...bound] }
  const applied = await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(list))
  if (applied.code !== 0) throw new Error(applied.err)
  resources = await discovered(client)
})
afterAll(async () => {
  close()
  await client.close()
})

// `vitest -u` writes them anew; a right that appears here needs a reason.
describe('all that it may do', () => {
  it.each([
    ['the operator, anywhere', OPERATOR, 'acme', 'operator'],
    ['the operator, in its own namespace', OPERATOR, NAMESPACE, 'operator-at-home'],
    ['who may view', 'view', 'acme', 'view'],
    ['who may edit', 'edit', 'acme', 'edit'],
    ['who administers', 'admin', 'acme', 'admin'],
  ])('%s', async (_, user, namespace, file) => {
    await expect(await rightsOf(client, user, namespace, resources)).toMatchFileSnapshot(`snapshots/rights-${file}.txt`)
  })
})

describe('the operator may, and may not', () => {
  const not = (verb: string, resource: string, group = '', more: object = {}) => ({ verb, resource, group, ...more })
  it.each([
    not('get', 'secrets'),
    not('list', 'secrets'),
    not('watch', 'secrets'),
    not('create', 'secrets'),
    not('create', 'pods', '', { subresource: 'exec' }),
    not('create', 'pods', '', { subresource: 'portforward' }),
    not('create', 'serviceaccounts', '', { subresource: 'token' }),
    not('impersonate', 'users'),
    not('bind', 'clusterroles', 'rbac.authorization.k8s.io'),
    not('escalate', 'clusterroles', 'rbac.authorization.k8s.io'),
    not('create', 'rolebindings', 'rbac.authorization.k8s.io'),
    not('patch', 'voiceagents', 'switchboard.dev'),
    not('patch', 'siptrunks', 'switchboard.dev'),
    not('deletecollection', 'pods'),
    not('patch', 'nodes'),
  ])('not $verb $group/$resource/$subresource elsewhere', async attributes => {
    expect(await mayDo(client, OPERATOR, { ...attributes, namespace: 'acme' })).toBe(false)
  })

  it.each([
    ['get', 'other', false],
    ['list', '', false],
    ['get', 'switchboard-token-keys', true],
    ['update', 'switchboard-token-keys', true],
    ['get', 'switchboard-seal-key', true],
    ['update', 'switchboard-seal-key', false],
    ['delete', 'switchboard-token-keys', false],
  ])('%s Secret %j at home: %j', async (verb, name, allowed) => {
    expect(await mayDo(client, OPERATOR, { verb, resource: 'secrets', name, namespace: NAMESPACE })).toBe(allowed)
  })

  it.each([
    ['switchboard-worker-keys', true],
    ['instructions', false],
  ])('patch ConfigMap %s elsewhere: %j', async (name, allowed) => {
    const asked = { verb: 'patch', resource: 'configmaps', name, namespace: 'acme' }
    expect(await mayDo(client, OPERATOR, asked)).toBe(allowed)
  })
})

it('asks for everything that there is', () => {
  expect(resources.length).toBeGreaterThan(60)
  expect(allVerbs(resources)).toEqual(
    expect.arrayContaining(['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']),
  )
})
