import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGENTS, core, REVISIONS, Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.set(12)
  await stage.apply('-f', 'examples/first-call/namespaces.yaml', '-f', 'examples/first-call/trunk.yaml')
  await stage.operator('one')
})
afterAll(() => stage?.clear())

const NAMESPACES = core('namespaces', 'Namespace', false)
const CONFIG_MAPS = core('configmaps', 'ConfigMap')

/** Without a credential: whatever answers at its endpoint does not ask for one. */
const agent = (name: string, number: string, spec: object = {}, namespace = 'acme') => ({
  metadata: { namespace, name },
  spec: {
    ...('instructionsFrom' in spec ? {} : { instructions: 'Be kind.' }),
    model: { provider: 'OpenAI', openAI: { model: 'm', baseURL: 'http://127.0.0.1:9' } },
    inbound: [{ name: 'main', trunkRef: { name: 'pbx', namespace: 'telephony' }, match: [{ number }] }],
    ...spec,
  },
})
const patch = async (kind: string, name: string, body: object, namespace = 'acme'): Promise<void> => {
  const { code, err } = await stage.server.kubectl([
    'patch',
    kind,
    name,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify(body),
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
}
const revisions = async (of: string): Promise<string[]> => {
  const { items } = await stage.client.list(REVISIONS, { namespace: 'acme', labels: `switchboard.dev/agent=${of}` })
  return items.map(item => item.metadata.name)
}

describe('an agent', () => {
  it('takes its words from a ConfigMap: another text is another revision, the same again is the first', async () => {
    const from = { instructionsFrom: { configMapKeyRef: { name: 'words', key: 'text' } } }
    await stage.client.create(AGENTS, agent('reader', '+14155550100', from))
    await stage.says('reader', 'Stalled', 'True', 'ConfigMapMissing')
    const map = { metadata: { namespace: 'acme', name: 'words' }, data: { text: 'Be kind.' } }
    await stage.client.create(CONFIG_MAPS, map)
    await stage.says('reader', 'Ready', 'True')
    await patch('configmap', 'words', { data: { text: 'Be brief.' } })
    await stage.until('a second', async () => (await revisions('reader')).length === 2)
    const { spec } = await stage.get(REVISIONS, 'acme', 'reader-2')
    expect(spec).toMatchObject({ snapshot: { content: { instructions: 'Be brief.' } } })
    await stage.says('reader', 'RollingOut', 'False')
    await patch('configmap', 'words', { data: { text: 'Be kind.' } })
    await stage.until('the first again', async () => {
      const { status } = await stage.get(AGENTS, 'acme', 'reader')
      return (status as { revision: string }).revision === 'reader-1'
    })
    expect(await revisions('reader')).toEqual(['reader-1', 'reader-2'])
  })

  it('goes on with what it had when its ConfigMap is deleted, and says so', async () => {
    await stage.says('reader', 'RollingOut', 'False')
    await stage.remove(CONFIG_MAPS, { namespace: 'acme', name: 'words' })
    await stage.says('reader', 'Stalled', 'True', 'ConfigMapMissing')
    expect((await stage.conditions('reader'))['Ready']).toMatchObject({ status: 'True', reason: 'Serving' })
  })

  it('does not get a number that another has, is told whose it is, and gets it when that one goes', async () => {
    await stage.client.create(AGENTS, agent('late', '+14155550100'))
    await stage.says('late', 'Stalled', 'True', 'NumberClaimed')
    expect((await stage.conditions('late'))['Ready']?.message).toContain('claimed by VoiceAgent acme/reader')
    await stage.until('the trunk says', async () => {
      const { status } = await stage.get({ ...AGENTS, plural: 'siptrunks', kind: 'SipTrunk' }, 'telephony', 'pbx')
      return (status as { conflicts: number }).conflicts === 1
    })
    await stage.remove(AGENTS, { namespace: 'acme', name: 'reader' })
    await stage.says('late', 'Ready', 'True')
  })

  it('of another namespace is told that the trunk is not shared', async () => {
    await stage.client.create(NAMESPACES, { metadata: { name: 'umbrella' } })
    await stage.client.create(AGENTS, agent('desk', '+14155550100', {}, 'umbrella'))
    await stage.until('not shared', async () => {
      const { Stalled } = await stage.conditions('desk', 'umbrella')
      return Stalled?.reason === 'TrunkNotShared'
    })
    expect(await stage.pods('desk', 'umbrella')).toEqual([])
  })

  it('serves on while a new revision cannot start, and says what is wrong with it', async () => {
    await stage.says('late', 'RollingOut', 'False')
    await patch('voiceagent', 'late', {
      spec: { model: { credentialsRef: { kind: 'Secret', name: 'nothing', key: 'apiKey' } } },
    })
    await stage.says('late', 'Stalled', 'True', 'SecretMissing')
    const { Ready, RollingOut } = await stage.conditions('late')
    expect(Ready).toMatchObject({ status: 'True', message: 'calls are answered by 1 pod of late-1' })
    expect(RollingOut).toMatchObject({ status: 'True', reason: 'Proving' })
    const events = { ...core('events', 'Event'), group: 'events.k8s.io' }
    await stage.until('an event', async () => {
      const { items } = await stage.client.list(events, { namespace: 'acme' })
      return items.some(event => event['reason'] === 'SecretMissing')
    })
  })

  it('whose status is gone is served by the stable revision, not by the newest', async () => {
    const { metadata } = await stage.get(AGENTS, 'acme', 'late')
    await stage.client.replace(
      AGENTS,
      { ...(await stage.get(AGENTS, 'acme', 'late')), status: {} },
      { subresource: 'status' },
    )
    await stage.until('written anew', async () => {
      const { status } = await stage.get(AGENTS, 'acme', 'late')
      return (status as { traffic?: { revision: string }[] }).traffic?.[0]?.revision === 'late-1'
    })
    expect((await stage.get(AGENTS, 'acme', 'late')).metadata.uid).toBe(metadata.uid)
    await patch('voiceagent', 'late', { spec: { model: { credentialsRef: null } } })
    await stage.says('late', 'RollingOut', 'False')
  })

  it('says that an image cannot be pulled', async () => {
    stage.kubelet.broken.set('worker:1', 'ImagePullBackOff')
    await patch('voiceagent', 'late', { spec: { instructions: 'Be very kind.' } })
    await stage.says('late', 'Stalled', 'True', 'ImagePullFailed')
    expect((await stage.conditions('late'))['Ready']?.status).toBe('True')
    stage.kubelet.broken.clear()
    await stage.says('late', 'RollingOut', 'False')
    await stage.says('late', 'Stalled', 'False')
  })

  it('is told of a quota that holds its pods back', async () => {
    await patch('namespace', 'umbrella', { metadata: { labels: { customer: 'acme' } } }, 'umbrella')
    await stage.remove(AGENTS, { namespace: 'acme', name: 'late' })
    await stage.until(
      'Ready in umbrella',
      async () => (await stage.conditions('desk', 'umbrella'))['Ready']?.status === 'True',
    )
    const quota = { metadata: { namespace: 'umbrella', name: 'q' }, spec: { hard: { pods: '1' } } }
    const made = await stage.client.create(core('resourcequotas', 'ResourceQuota'), quota)
    const status = { hard: { pods: '1' }, used: { pods: '1' } }
    await stage.client.replace(core('resourcequotas', 'ResourceQuota'), { ...made, status }, { subresource: 'status' })
    await patch('voiceagent', 'desk', { spec: { scaling: { minPods: 3 } } }, 'umbrella')
    await stage.until('quota', async () => {
      const { Stalled } = await stage.conditions('desk', 'umbrella')
      return Stalled?.reason === 'QuotaExceeded'
    })
    expect((await stage.conditions('desk', 'umbrella'))['Ready']?.status).toBe('True')
  })
})
