import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chosenVersion } from '#test/apiserver/binaries.ts'
import { MERGE } from '#test/apiserver/client.ts'
import { CRDS, type Kind, PLURALS, readCrd, type Schema, schemaOf } from './crds.ts'
import { FULL } from './full.ts'
import { client, kubectl, makeNamespace, messageOf, pathOf } from './server.ts'

const NAMESPACE = 'discovery'
const STATUS: Readonly<Record<Kind, object>> = {
  VoiceAgent: {
    revision: 'reception-8',
    columns: { traffic: 'reception-7 95%, reception-8 5%', calls: '12/100', pods: '2/2' },
    conditions: [ready('True', 'Serving', 'calls are answered by 2 pods')],
  },
  VoiceAgentRevision: {
    phase: 'Serving',
    calls: 12,
    replicas: 2,
    wanted: 3,
    selector: 'switchboard.dev/revision=reception-1',
  },
  SipTrunk: { claims: 3, conflicts: 1, conditions: [ready('False', 'Conflicts', 'one number is claimed twice')] },
}

function ready(status: string, reason: string, message: string): object {
  return { type: 'Ready', status, reason, message, lastTransitionTime: '2026-11-22T21:00:00Z' }
}

beforeAll(async () => {
  await makeNamespace(NAMESPACE)
  for (const kind of Object.keys(PLURALS) as Kind[]) {
    const { metadata } = FULL[kind]
    await client.request('POST', pathOf(kind, NAMESPACE), FULL[kind])
    const path = `${pathOf(kind, NAMESPACE, String(metadata['name']))}/status`
    const answer = await client.request('PATCH', path, { status: STATUS[kind] }, MERGE)
    if (answer.status !== 200) throw new Error(messageOf(answer))
  }
})
afterAll(() => client.close())

const lines = async (...args: string[]): Promise<string[]> => {
  const { out, err, code } = await kubectl(args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
    .trimEnd()
    .split('\n')
    .map(line => line.trimEnd().replaceAll(/ {2,}/g, ' | ').replace(/\d+s$/, 'AGE'))
}

describe('kubectl get', () => {
  it('prints what a person wants at 2 a.m.', async () => {
    expect(await lines('get', 'voiceagents', '-n', NAMESPACE)).toEqual([
      'NAME | READY | REVISION | TRAFFIC | CALLS | PODS | AGE',
      'reception | True | reception-8 | reception-7 95%, reception-8 5% | 12/100 | 2/2 | AGE',
    ])
    expect(await lines('get', 'voiceagentrevisions', '-n', NAMESPACE)).toEqual([
      'NAME | AGENT | PHASE | CALLS | PODS | AGE',
      'reception-1 | reception | Serving | 12 | 2 | AGE',
    ])
    expect(await lines('get', 'siptrunks', '-n', NAMESPACE)).toEqual([
      'NAME | READY | CARRIER | INGRESS | CLAIMS | CONFLICTS | AGE',
      'pbx | False | Pbx | Sip | 3 | 1 | AGE',
    ])
  })

  it('says why, when asked for more', async () => {
    expect((await lines('get', 'voiceagents', '-n', NAMESPACE, '-o', 'wide'))[1]).toContain(
      'calls are answered by 2 pods',
    )
    expect((await lines('get', 'siptrunks', '-n', NAMESPACE, '-o', 'wide'))[1]).toContain('one number is claimed twice')
    expect((await lines('get', 'voiceagentrevisions', '-n', NAMESPACE, '-o', 'wide'))[0]).toContain('WANTED')
  })

  it.each([
    ['va', 'reception'],
    ['varev', 'reception-1'],
    ['trunk', 'pbx'],
    ['voiceagent', 'reception'],
  ])('knows %s', async (short, name) => {
    expect((await lines('get', short, '-n', NAMESPACE, '-o', 'name')).join()).toContain(`/${name}`)
  })

  it('shows all kinds by their category', async () => {
    const all = await lines('get', 'switchboard', '-n', NAMESPACE, '-o', 'name')
    expect(all.toSorted()).toEqual([
      'siptrunk.switchboard.dev/pbx',
      'voiceagent.switchboard.dev/reception',
      'voiceagentrevision.switchboard.dev/reception-1',
    ])
  })
})

describe('kubectl explain', () => {
  it.each([
    ['voiceagent.spec.model.openAI.voice', 'Name or id of the voice.'],
    ['voiceagent.spec.bargeIn.minSpeech', 'Speech shorter than this only pauses the agent'],
    ['siptrunk.spec.sip.peers.cidr', 'A network that SIP may come from.'],
    ['voiceagentrevision.spec.snapshot.content', 'No schema prunes it'],
    ['voiceagent.status.traffic.percent', 'Its share of new calls.'],
  ])('%s', async (field, words) => {
    expect((await lines('explain', field)).join(' ').replaceAll(/\s+/g, ' ').replaceAll(' | ', ' ')).toContain(words)
  })

  it('has every field of every kind, with its description', async () => {
    const openapi = await client.request('GET', '/openapi/v3/apis/switchboard.dev/v1alpha1')
    const served = (openapi.body as { components: { schemas: Record<string, Schema> } }).components.schemas
    for (const kind of Object.keys(PLURALS) as Kind[]) {
      const published = served[`dev.switchboard.v1alpha1.${kind}`]
      expect(described(published, ['spec', 'status'])).toEqual(described(schemaOf(readCrd(kind)), ['spec', 'status']))
    }
  })
})

function described(schema: Schema | undefined, only?: readonly string[]): unknown {
  if (schema === undefined) return 'missing'
  const members = Object.entries(schema.properties ?? {})
    .filter(([key]) => only === undefined || only.includes(key))
    .map(([key, member]) => [key, described(member)] as const)
  return {
    description: schema.description,
    ...(members.length > 0 && { members: Object.fromEntries(members) }),
    ...(schema.items && { items: described(schema.items) }),
  }
}

it('the server is of the version that was asked for', async () => {
  const { body } = await client.request('GET', '/version')
  expect((body as { gitVersion: string }).gitVersion).toContain(chosenVersion() ?? 'v1.')
})

describe('the CRDs', () => {
  it('are stored as they were written: nothing is dropped, nothing is added', async () => {
    const said = await kubectl(['diff', '--server-side', '-f', CRDS])
    expect(said).toEqual({ code: 0, out: '', err: '' })
  })

  it.each(Object.values(PLURALS))('%s: established, structural, without a warning', async plural => {
    const crd = await client.request(
      'GET',
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.switchboard.dev`,
    )
    const { conditions } = (crd.body as { status: { conditions: { type: string; status: string }[] } }).status
    expect(Object.fromEntries(conditions.map(c => [c.type, c.status]))).toEqual({
      NamesAccepted: 'True',
      Established: 'True',
    })
    const again = await client.request('GET', `/apis/switchboard.dev/v1alpha1/${plural}`)
    expect(again.warnings).toEqual([])
  })
})
