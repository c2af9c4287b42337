/** Install, upgrade, roll back, uninstall while agents are served: what stays, what goes. No pod runs here: their objects are enough. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { established, PLURALS } from '#test/api/crds.ts'
import { FULL } from '#test/api/full.ts'
import { pathOf } from '#test/api/server.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { CHART, CRD_CHART, NAMESPACE, RELEASE } from './chart.ts'
import { type Helm, openHelm } from './helm.ts'

describe.each(['helm', 'helmFour'] as const)('with %s', key => {
  let server: ApiServer
  let helm: Helm
  let close: () => void
  beforeAll(async () => {
    server = await startApiServer()
    ;({ helm, close } = openHelm(inject(key), server.access.kubeconfig))
  })
  afterAll(async () => {
    close()
    await server.stop()
  })

  const done = async (...args: readonly string[]): Promise<string> => {
    const said = await helm(...args)
    expect({ args, code: said.code, err: said.err }).toEqual({ args, code: 0, err: '' })
    return said.out
  }
  const get = async (...args: readonly string[]): Promise<string> => {
    const said = await server.kubectl(['get', ...args])
    return said.code === 0 ? said.out.trim() : said.err.trim()
  }
  const inOwn = ['-n', NAMESPACE] as const
  /** Who they are, and whether anybody wrote them. */
  const served = (): Promise<string> =>
    get(
      'voiceagents,voiceagentrevisions,siptrunks,pods',
      '-n',
      'acme',
      '-o',
      'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.resourceVersion}{"\\n"}{end}',
    )
  let before = ''

  it('the CRDs come first, and the operator after them says what is next', async () => {
    await done('install', 'switchboard-crds', CRD_CHART, ...inOwn, '--create-namespace')
    await established(server.client, 'VoiceAgent')
    const said = await done('install', RELEASE, CHART, ...inOwn, '--set', 'simulator.enabled=true')
    expect(said).toContain('kubectl get voiceagents --all-namespaces')
    expect(said).not.toContain('helm install switchboard-crds')
  })

  it('an agent, its revision and its pod are there', async () => {
    await server.kubectl(['create', 'namespace', 'acme'])
    for (const kind of Object.keys(PLURALS) as (keyof typeof PLURALS)[]) {
      const made = await server.client.request('POST', pathOf(kind, 'acme'), FULL[kind])
      expect(made.status).toBe(201)
    }
    const pod = await server.client.request('POST', '/api/v1/namespaces/acme/pods', POD)
    expect(pod.status).toBe(201)
    before = await served()
    expect(before.split('\n').map(line => line.split(' ')[0])).toEqual([
      'VoiceAgent',
      'VoiceAgentRevision',
      'SipTrunk',
      'Pod',
    ])
  })

  it('is installed once in a cluster: a second one, elsewhere, is refused', async () => {
    const said = await helm('install', 'other', CHART, '-n', 'elsewhere', '--create-namespace')
    expect(said.code).not.toBe(0)
    expect(said.err).toMatch(/switchboard-\w+" in namespace "" exists and cannot be imported into the current release/)
  })

  it('an upgrade changes the operator, and writes nothing of theirs', async () => {
    await done('upgrade', RELEASE, CHART, ...inOwn, '--set', 'operator.replicas=3,image.tag=next')
    const jsonpath = 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'
    expect(await get('deployment', 'switchboard-operator', ...inOwn, '-o', jsonpath)).toBe(
      '3 localhost/switchboard:next',
    )
    expect(await get('deployment', 'switchboard-simulator', ...inOwn)).toContain('NotFound')
    expect(await served()).toBe(before)
  })

  it('a rollback brings the operator back, and writes nothing of theirs', async () => {
    await done('rollback', RELEASE, '1', ...inOwn)
    const jsonpath = 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'
    expect(await get('deployment', 'switchboard-operator', ...inOwn, '-o', jsonpath)).toBe(
      '2 localhost/switchboard:dev',
    )
    expect(await get('deployment', 'switchboard-simulator', ...inOwn, '-o', 'name')).toContain('switchboard-simulator')
    expect(await served()).toBe(before)
  })

  it('an uninstall takes all that the chart brought, and leaves agents, trunks, revisions, pods and the API', async () => {
    await done('uninstall', RELEASE, ...inOwn)
    for (const kind of OF_THE_CHART)
      expect([kind, await get(kind, '-A', '-l', 'app.kubernetes.io/instance=switchboard', '-o', 'name')]).toEqual([
        kind,
        '',
      ])
    expect(await get('crds', '-o', 'name')).toContain('voiceagents.switchboard.dev')
    expect(await served()).toBe(before)
  })

  it('and an install takes up where the other left', async () => {
    await done('install', RELEASE, CHART, ...inOwn)
    expect(await get('deployment', ...inOwn, '-o', 'name')).toBe('deployment.apps/switchboard-operator')
    expect(await served()).toBe(before)
  })
})

const OF_THE_CHART = [
  'deployments',
  'services',
  'configmaps',
  'serviceaccounts',
  'poddisruptionbudgets',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'priorityclasses',
  'flowschemas',
]

/** As one of a worker: it is no part of the release, so a change of the release is none of it. */
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'reception-1-x7k2p',
    labels: { 'app.kubernetes.io/managed-by': 'switchboard', 'switchboard.dev/agent': 'reception' },
  },
  spec: {
    containers: [{ name: 'worker', image: 'localhost/switchboard:dev' }],
    priorityClassName: 'switchboard-worker',
  },
}
