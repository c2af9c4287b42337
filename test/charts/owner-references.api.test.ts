/** With OwnerReferencesPermissionEnforcement on, as on OpenShift, the operator's account may own what it makes in a way that holds its owner. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { installCrds } from '#test/api/crds.ts'
import { FULL } from '#test/api/full.ts'
import { type KubeObject, pathOf } from '#test/api/server.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { NAMESPACE, rendered } from './chart.ts'
import { openHelm } from './helm.ts'

const OPERATOR = `system:serviceaccount:${NAMESPACE}:switchboard-operator`
const { helm, close } = openHelm(inject('helm'))
let server: ApiServer
beforeAll(async () => {
  server = await startApiServer({ args: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'] })
  await installCrds(server)
  for (const name of [NAMESPACE, 'acme']) await server.kubectl(['create', 'namespace', name])
})
afterAll(async () => {
  close()
  await server.stop()
})

async function grant(roles: readonly KubeObject[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: roles })
  const applied = await server.kubectl(['apply', '--server-side', '-f', '-'], list)
  if (applied.code !== 0) throw new Error(applied.err)
}

/** Makes it as the operator would. */
async function make(object: object): Promise<{ readonly uid: string; readonly err: string }> {
  const said = await server.kubectl(
    ['create', `--as=${OPERATOR}`, '-n', 'acme', '-o', 'jsonpath={.metadata.uid}', '-f', '-'],
    JSON.stringify(object),
  )
  return { uid: said.out, err: said.err }
}

const ownedBy = (kind: string, name: string, uid: string): object => ({
  ownerReferences: [
    { apiVersion: 'switchboard.dev/v1alpha1', kind, name, uid, controller: true, blockOwnerDeletion: true },
  ],
})

it('makes revisions of an agent, and pods and budgets of a revision', async () => {
  const roles = (await rendered(helm, NAMESPACE)).filter(({ apiVersion }) => apiVersion.startsWith('rbac.'))
  await grant(roles)
  const agent = await server.client.request('POST', pathOf('VoiceAgent', 'acme'), FULL.VoiceAgent)
  const agentUid = (agent.body as { metadata: { uid: string } }).metadata.uid
  const name = `reception-${randomBytes(2).toString('hex')}`
  const revision = {
    ...FULL.VoiceAgentRevision,
    metadata: { name, ...ownedBy('VoiceAgent', 'reception', agentUid) },
  }
  const made = await make(revision)
  expect(made.err).toBe('')

  const metadata = { name, ...ownedBy('VoiceAgentRevision', name, made.uid) }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'worker', image: 'any' }] } }
  expect((await make(pod)).err).toBe('')
  const selector = { matchLabels: { 'switchboard.dev/agent': 'reception' } }
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 0, selector },
  }
  expect((await make(budget)).err).toBe('')

  // And the test can fail: without the right to the finalizers it is refused.
  const less = JSON.parse(JSON.stringify(roles).replaceAll('/finalizers', '/nothing')) as KubeObject[]
  await grant(less)
  await expect
    .poll(async () => (await make({ ...pod, metadata: { ...metadata, name: 'other' } })).err)
    .toContain('cannot set blockOwnerDeletion')
})
