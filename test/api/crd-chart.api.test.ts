import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { API_LEVEL } from '#crds/object.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { type Helm, openHelm } from '#test/charts/helm.ts'
import { CRDS, established, PLURALS } from './crds.ts'
import { FULL } from './full.ts'
import { pathOf } from './server.ts'

const CHART = 'charts/switchboard-crds'
const RELEASE = 'switchboard-crds'
const NEXT_LEVELS = Array.from(Object.keys(PLURALS), () => String(API_LEVEL + 1))
const AGENT = pathOf('VoiceAgent', 'default', 'reception')

/** The chart as the next release has it. */
function nextChart(folder: string): string {
  const next = join(folder, 'next')
  cpSync(CHART, next, { recursive: true })
  for (const name of readdirSync(join(next, 'definitions'))) {
    const file = join(next, 'definitions', name)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(`api-level: "${API_LEVEL}"`, `api-level: "${API_LEVEL + 1}"`))
  }
  return next
}

describe.each(['helm', 'helmFour'] as const)('the chart of the CRDs, with %s', key => {
  let server: ApiServer
  let helm: Helm
  let close: () => void
  let folder = ''
  beforeAll(async () => {
    server = await startApiServer()
    ;({ helm, close } = openHelm(inject(key), server.access.kubeconfig))
    folder = mkdtempSync(join(tmpdir(), 'crd-chart-'))
  })
  afterAll(async () => {
    close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const agentIsThere = async (): Promise<boolean> => (await server.client.request('GET', AGENT)).status === 200
  const levels = async (): Promise<string[]> => {
    const path = '{.items[*].metadata.annotations.switchboard\\.dev/api-level}'
    return (await server.kubectl(['get', 'crds', '-o', `jsonpath=${path}`])).out.split(' ')
  }

  /** The API server takes a policy that was just made into account when it has seen it: a second or a few later. */
  const guarded = async (): Promise<void> => {
    for (const plural of Object.values(PLURALS)) {
      const lower = ['annotate', 'crd', `${plural}.switchboard.dev`, 'switchboard.dev/api-level=0', '--overwrite']
      await vi.waitFor(async () => expect((await server.kubectl([...lower, '--dry-run=server'])).code).not.toBe(0), {
        timeout: 30_000,
        interval: 200,
      })
    }
  }

  it('is sound', async () => {
    const said = await helm('lint', '--strict', CHART)
    expect(said.out).toContain('1 chart(s) linted, 0 chart(s) failed')
    expect(said.code).toBe(0)
  })

  it('renders what is generated, to the letter, and the guard', async () => {
    const { out } = await helm('template', RELEASE, CHART)
    for (const name of readdirSync(CRDS)) expect(out).toContain(readFileSync(join(CRDS, name), 'utf8').trim())
    const kinds = parseAllDocuments(out).map(document => String(document.get('kind')))
    expect(kinds.toSorted()).toEqual([
      ...Object.keys(PLURALS).map(() => 'CustomResourceDefinition'),
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ])
  })

  it('installs, and an agent outlives its uninstall and a second install', async () => {
    const installed = await helm('install', RELEASE, CHART)
    expect({ code: installed.code, err: installed.err }).toEqual({ code: 0, err: '' })
    await established(server.client, 'VoiceAgent')
    const made = await server.client.request('POST', pathOf('VoiceAgent', 'default'), FULL.VoiceAgent)
    expect(made.status).toBe(201)
    const removed = await helm('uninstall', RELEASE)
    expect(removed.code).toBe(0)
    for (const plural of Object.values(PLURALS)) expect(removed.out).toContain(`${plural}.switchboard.dev`)
    expect(await agentIsThere()).toBe(true)
    const again = await helm('install', RELEASE, CHART)
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
    expect(await agentIsThere()).toBe(true)
  })

  it('upgrades, and is not rolled back', async () => {
    const upgraded = await helm('upgrade', RELEASE, nextChart(folder))
    expect({ code: upgraded.code, err: upgraded.err }).toEqual({ code: 0, err: '' })
    expect(await levels()).toEqual(NEXT_LEVELS)
    await guarded()
    const back = await helm('rollback', RELEASE, '1')
    expect(back.code).not.toBe(0)
    expect(back.err).toContain('CRDs of Switchboard are never downgraded')
    expect(await levels()).toEqual(NEXT_LEVELS)
    expect(await agentIsThere()).toBe(true)
  })
})
