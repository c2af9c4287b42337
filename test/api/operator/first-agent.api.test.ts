import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGENTS, core, PODS, REVISIONS, Stage, TRUNKS } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.set(11)
  await stage.apply('-f', 'examples/first-call/namespaces.yaml')
  await stage.operator('one')
})
afterAll(() => stage?.clear())

const secret = (labels: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'acme', name: 'openai', labels },
  stringData: { apiKey: 'sk-test' },
})
const patch = (kind: string, name: string, body: object, namespace = 'acme') =>
  stage.server.kubectl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)])

describe('the first agent', () => {
  it('waits for its trunk and says so', async () => {
    await stage.apply('-f', 'examples/first-call/reception.yaml')
    await stage.says('reception', 'Stalled', 'True')
    await stage.until('both are said', async () =>
      /SipTrunk telephony\/pbx is not there/.test((await stage.conditions('reception'))['Stalled']?.message ?? ''),
    )
    expect(await stage.pods('reception')).toEqual([])
  })

  it('waits for its Secret, prints the command, and for its label', async () => {
    await stage.apply('-f', 'examples/first-call/trunk.yaml')
    await stage.says('reception', 'Stalled', 'True', 'SecretMissing')
    expect((await stage.conditions('reception'))['Ready']).toMatchObject({
      status: 'False',
      reason: 'SecretMissing',
      message: expect.stringContaining(
        'kubectl create secret generic openai -n acme --from-literal=apiKey=…',
      ) as string,
    })
    await stage.client.create(core('secrets', 'Secret'), secret({}))
    await stage.says('reception', 'Stalled', 'True', 'SecretUnlabelled')
    const { message = '' } = (await stage.conditions('reception'))['Stalled'] ?? {}
    const [, command = ''] = /: (kubectl label .*)$/.exec(message) ?? []
    expect(await stage.pods('reception')).toEqual([])
    expect((await stage.server.kubectl(command.split(' ').slice(1))).code).toBe(0)
  })

  it('is served by a worker, and Ready', async () => {
    await stage.says('reception', 'Ready', 'True', 'Serving')
    const { status } = await stage.get(AGENTS, 'acme', 'reception')
    expect(status).toMatchObject({
      observedGeneration: 1,
      revision: 'reception-1',
      traffic: [{ revision: 'reception-1', percent: 100 }],
      calls: 0,
      pods: 1,
    })
    await stage.says('reception', 'Reconciling', 'False', 'Done')
    await stage.says('reception', 'Stalled', 'False')
    const revision = await stage.get(REVISIONS, 'acme', 'reception-1')
    expect(revision['spec']).toMatchObject({ replicas: 1, agentRef: { name: 'reception' } })
    await stage.until('promoted', async () => {
      const { metadata } = await stage.get(REVISIONS, 'acme', 'reception-1')
      return metadata.annotations?.['switchboard.dev/stable'] !== undefined
    })
  })

  it('prints what a person wants to see', async () => {
    const table = async (kind: string, namespace: string): Promise<string[]> => {
      const { out } = await stage.server.kubectl(['get', kind, '-n', namespace])
      return out
        .trimEnd()
        .split('\n')
        .map(line => line.replaceAll(/ {2,}/g, ' | ').replace(/\d+[ms]\d*s?$/, 'AGE'))
    }
    await stage.until('columns', async () => (await table('voiceagents', 'acme'))[1]?.includes('0/50') ?? false)
    expect(await table('voiceagents', 'acme')).toEqual([
      'NAME | READY | REVISION | TRAFFIC | CALLS | PODS | AGE',
      'reception | True | reception-1 | reception-1 100% | 0/50 | 1/1 | AGE',
    ])
    expect((await table('voiceagentrevisions', 'acme'))[1]).toBe('reception-1 | reception | Serving | 0 | 1 | AGE')
    await stage.until(
      'the trunk says',
      async () => (await table('siptrunks', 'telephony'))[1]?.includes('True') ?? false,
    )
    expect((await table('siptrunks', 'telephony'))[1]).toBe('pbx | True | Pbx | Sip | 1 | 0 | AGE')
  })

  it('is left alone when nothing happens', async () => {
    await sleep(3000)
    const before = await stage.resourceVersions()
    await sleep(5000)
    expect(await stage.resourceVersions()).toEqual(before)
  })

  it('keeps its revision when a caller would notice nothing', async () => {
    await patch('voiceagent', 'reception', { spec: { drain: { deadline: '5m' } }, metadata: { labels: { team: 'a' } } })
    await stage.until('seen', async () => {
      const { metadata, status } = await stage.get(AGENTS, 'acme', 'reception')
      return (status as { observedGeneration: number }).observedGeneration === metadata.generation
    })
    expect((await stage.client.list(REVISIONS, { namespace: 'acme' })).items).toHaveLength(1)
    expect(await stage.pods('reception')).toHaveLength(1)
  })

  it('rolls to a new revision, and back to the old one', async () => {
    await patch('voiceagent', 'reception', { spec: { variables: { clinic: 'Umbrella' } } })
    const serves = (revision: string) => async () => {
      const { status } = await stage.get(AGENTS, 'acme', 'reception')
      const pods = await stage.pods('reception')
      const rolling = (await stage.conditions('reception'))['RollingOut']?.status
      return (
        (status as { traffic: { revision: string }[] }).traffic[0]?.revision === revision &&
        rolling === 'False' &&
        pods.length === 1 &&
        pods[0]?.metadata.labels?.['switchboard.dev/revision'] === revision
      )
    }
    await stage.until('the second serves alone', serves('reception-2'))
    await stage.says('reception', 'Ready', 'True')
    await patch('voiceagent', 'reception', { spec: { variables: { clinic: 'Acme Dental' } } })
    await stage.until('the first serves again', serves('reception-1'))
    const names = (await stage.client.list(REVISIONS, { namespace: 'acme' })).items.map(r => r.metadata.name)
    expect(names).toEqual(['reception-1', 'reception-2'])
    const marked = (await stage.client.list(REVISIONS, { namespace: 'acme' })).items
      .filter(r => r.metadata.annotations?.['switchboard.dev/stable'] !== undefined)
      .map(r => r.metadata.name)
    expect(marked).toEqual(['reception-1'])
  })

  it('goes with its pods, which are drained first', async () => {
    await stage.remove(AGENTS, { namespace: 'acme', name: 'reception' })
    await stage.until('no pod is left', async () => (await stage.pods('reception')).length === 0)
    const { items } = await stage.client.list(PODS, { namespace: 'acme' })
    expect(items).toEqual([])
    await stage.until('the claim is free', async () => {
      const { status } = await stage.get(TRUNKS, 'telephony', 'pbx')
      return (status as { claims: number }).claims === 0
    })
  })
})
