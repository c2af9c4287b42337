/**
 * `kubectl describe` of agents that cannot be served, by the operator as the chart installs it: with its own account and no more rights than
 * the chart gives. What it prints is docs/broken-agents.md, for review.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { MERGE } from '#test/apiserver/client.ts'
import { BROKEN, type Broken, SECRET } from './broken-agents.ts'
import { NAMESPACE } from './chart.ts'
import { openHelm } from './helm.ts'
import { type Installed, installOperator } from './installed.ts'

let server: ApiServer
let installed: Installed
let close: () => void
beforeAll(async () => {
  server = await startApiServer({ args: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'] })
  const opened = openHelm(inject('helm'), server.access.kubeconfig)
  close = opened.close
  installed = await installOperator(server, opened.helm)
  await apply('telephony', [TRUNK])
  // Who has the number that a later one wants as well.
  await apply('first', [SECRET, agentOf({})])
  await allow('first')
}, 180_000)
afterAll(async () => {
  await installed?.stop()
  close?.()
  await server?.stop()
})

const TRUNK = {
  apiVersion: 'switchboard.dev/v1alpha1',
  kind: 'SipTrunk',
  metadata: { name: 'pbx' },
  spec: {
    carrier: 'Pbx',
    numbers: [{ range: '+14155550100-+14155550199', namespaces: {} }],
    sip: { peers: [{ cidr: '10.0.0.0/8' }] },
  },
}

function agentOf(spec: object, number = '+14155550100'): object {
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'reception' },
    spec: {
      instructions: 'Be kind.',
      model: { provider: 'OpenAI', openAI: { model: 'm' }, credentialsRef: { name: 'openai', key: 'apiKey' } },
      inbound: [{ name: 'main', trunkRef: { name: 'pbx', namespace: 'telephony' }, match: [{ number }] }],
      ...spec,
    },
  }
}

async function apply(namespace: string, objects: readonly object[]): Promise<void> {
  await server.kubectl(['create', 'namespace', namespace])
  if (objects.length === 0) return
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const applied = await server.kubectl(['apply', '-n', namespace, '-f', '-'], list)
  if (applied.code !== 0) throw new Error(applied.err)
}

/** As docs/install.md says. */
async function allow(namespace: string): Promise<void> {
  const role = ['--clusterrole=switchboard-credentials', `--serviceaccount=${NAMESPACE}:switchboard-operator`]
  await server.kubectl(['create', 'rolebinding', 'switchboard-credentials', '-n', namespace, ...role])
}

async function make({ name, objects, spec = {}, closed = false }: Broken, number: string): Promise<void> {
  await apply(name, objects ?? [SECRET])
  if (!closed) await allow(name)
  const quota = `/api/v1/namespaces/${name}/resourcequotas/small/status`
  // There is no controller that counts.
  await server.client.request('PATCH', quota, { status: { hard: { pods: '0' }, used: { pods: '0' } } }, MERGE)
  await apply(name, [agentOf(spec, number)])
}

/** Says of its pods what a kubelet would. */
async function play({ name, pod }: Broken): Promise<void> {
  const path = `/api/v1/namespaces/${name}/pods`
  const { body } = await server.client.request('GET', path)
  for (const { metadata } of (body as { items: { metadata: { name: string } }[] }).items)
    await server.client.request('PATCH', `${path}/${metadata.name}/status`, { status: pod }, MERGE)
}

/** Without what differs from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-27T09:00:00Z')
    .replaceAll(/reception-1-[b-z2-9]{5}\b/g, 'reception-1-x7k2p')
    .replaceAll(/^( +(?:Warning|Normal) +\S+ +)\S+( \([^)]*\))? +/gm, '$110s  ')
    .replaceAll(/^( {2}(?:Type|----) .*(?:Age|----)) +(From|----) +/gm, '$1  $2  ')
    .replaceAll(/^( +Warning +\S+ +10s +\S+) +/gm, '$1  ')
    .replaceAll(/[ \t]+$/gm, '')
}

/** Conditions and events: the counts beside them are of the moment. */
async function describeIt(name: string): Promise<string> {
  const { out } = await server.kubectl(['describe', 'voiceagent', 'reception', '-n', name])
  const text = steady(out)
  const conditions = /^ {2}Conditions:\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? ''
  return `Status:\n${conditions}${/^Events:[\s\S]*/m.exec(text)?.[0] ?? ''}`
}

const HEAD = `# Agents that cannot be served

<!-- Made by test/charts/broken-agents.api.test.ts on a real API server, \`vitest -u\`: do not edit. -->

What \`kubectl describe voiceagent\` says below the spec when something stands in an agent's way. Each reason is explained in
[troubleshooting.md](troubleshooting.md).
`

describe('an agent that cannot be served', () => {
  const pages: string[] = []

  it.each(BROKEN.map((broken, i) => [broken.title, broken, i] as const))(
    '%s',
    { timeout: 120_000 },
    async (_, broken, i) => {
      await make(broken, `+141555501${String(i + 10)}`)
      // Object and events are read one after the other, and written so: only what has both is whole.
      const whole = new RegExp(`Reason: +${broken.reason}\\n.*\\n +Type: +Stalled[\\s\\S]*Warning +${broken.reason} `)
      let said = ''
      for (let tries = 0; tries < 400 && !whole.test(said); tries++) {
        if (tries > 0) await sleep(200)
        if (broken.pod !== undefined) await play(broken)
        said = await describeIt(broken.name)
      }
      expect(said).toMatch(whole)
      pages.push(`## ${broken.title}\n\n\`\`\`\n${said.trimEnd()}\n\`\`\`\n`)
    },
  )

  it('says so as it was reviewed', async () => {
    expect(pages).toHaveLength(BROKEN.length)
    await expect(`${HEAD}\n${pages.join('\n')}`).toMatchFileSnapshot('../../docs/broken-agents.md')
  })

  it('is served once the commands of its message are run as they stand', { timeout: 60_000 }, async () => {
    const { name = '' } = BROKEN.find(broken => broken.reason === 'SecretForbidden') ?? {}
    const [, commands = ''] = /Message: .*this one Secret: (.*)/.exec(await describeIt(name)) ?? []
    expect(commands).toMatch(/^kubectl create role .* && kubectl create rolebinding /)
    for (const command of commands.split(' && ')) {
      const done = await server.kubectl(command.split(' ').slice(1))
      expect(done.err).toBe('')
    }
    let said = await describeIt(name)
    for (let tries = 0; tries < 150 && /Reason: +SecretForbidden/.test(said); tries++) {
      await sleep(200)
      said = await describeIt(name)
    }
    expect(said).not.toMatch(/Reason: +SecretForbidden/)
  })

  it('meets no right that it lacks, but that to the one Secret', async () => {
    const lines = installed.operator.output().split('\n')
    // In the words of RBAC; a quota says "forbidden" too.
    const lacking = lines.filter(line => /cannot \w+ resource/.test(line) && !/resource \W+secrets/.test(line))
    expect(lacking).toEqual([])
  })
})
