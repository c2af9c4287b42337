/** Agents that the API server refuses as they are written, in words that say what is wrong. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { agentOf, claimOf, modelOf, refused, sentence, type Tenants } from './people.ts'

const run = promisify(execFile)

const pod = (more: object) => ({ pod: more })
const tool = (url: string) => ({ tools: [{ name: 'find', description: 'Finds.', http: { url } }] })
const endpoint = (baseURL: string) => ({ model: modelOf({ baseURL }) })
const unknown = (field: string) => new RegExp(`unknown field "spec[.]${field}`)

const ATTEMPTS: readonly (readonly [attempt: string, spec: object, words: RegExp])[] = [
  ['pods of an own image', pod({ image: 'evil' }), unknown('pod.image')],
  ['pods with own variables', pod({ env: [{ name: 'NODE_OPTIONS', value: '--inspect' }] }), unknown('pod.env')],
  [
    'pods that mount the node’s disk',
    pod({ volumes: [{ name: 'a', hostPath: { path: '/' } }] }),
    unknown('pod.volumes'),
  ],
  ['pods with another account', pod({ serviceAccountName: 'default' }), unknown('pod.serviceAccountName')],
  ['pods on the node’s network', pod({ hostNetwork: true }), unknown('pod.hostNetwork')],
  ['pods as root', pod({ securityContext: { runAsUser: 0 } }), unknown('pod.securityContext')],
  [
    'pods with a container beside the worker',
    pod({ containers: [{ name: 'a', image: 'evil' }] }),
    unknown('pod.containers'),
  ],
  ['pods with another’s agent label', pod({ labels: { 'switchboard.dev/agent': 'other' } }), /are the operator’s/],
  ['pods that somebody else manages', pod({ labels: { 'app.kubernetes.io/managed-by': 'me' } }), /are the operator’s/],
  ['a tool at the metadata address', tool('http://169.254.169.254/latest'), /link-local or metadata address/],
  ['the same, by its name', tool('http://metadata.google.internal/x'), /link-local or metadata address/],
  ['the same, as IPv4 inside IPv6', tool('http://[::ffff:169.254.169.254]/x'), /link-local or metadata address/],
  ['the same in hexadecimals', tool('http://[::ffff:a9fe:a9fe]/x'), /link-local or metadata address/],
  ['a tool at a link-local address', tool('http://[fe80::1]/x'), /link-local or metadata address/],
  ['a tool with a password in its URL', tool('http://a:b@calendar.acme/x'), /must not carry a user name or password/],
  ['a provider at the metadata address', endpoint('http://169.254.169.254/v1'), /link-local or metadata address/],
  ['a provider at a link-local address', endpoint('wss://[fe80::1]/v1'), /link-local or metadata address/],
  ['a provider with a password in its URL', endpoint('wss://a:b@api.example/v1'), /must not carry a user name/],
  ['a provider on this machine’s files', endpoint('file:///etc/passwd'), /a URL with http/],
  ['an emergency number', { inbound: claimOf('pbx', { number: '911' }) }, /emergency number/],
  [
    'a Secret of another namespace',
    { model: modelOf({}, { name: 'openai', key: 'apiKey', namespace: 'beta' }) },
    unknown('model.credentialsRef.namespace'),
  ],
  [
    'instructions from another namespace',
    { instructions: undefined, instructionsFrom: { configMapKeyRef: { name: 'a', key: 'b', namespace: 'beta' } } },
    unknown('instructionsFrom.configMapKeyRef.namespace'),
  ],
]

export async function wrongAgents({ report, tina, place }: Tenants): Promise<void> {
  const create = (spec: object, ...more: string[]) =>
    tina(['create', '--dry-run=server', ...more, '-f', '-'], agentOf(tina.namespace, 'wrong', spec))
  const right = await create({})
  report.check('an agent with nothing wrong in it is taken', right.code === 0, sentence(right.out || right.err))
  for (const [attempt, spec, words] of ATTEMPTS)
    refused(report, `an agent asks for ${attempt}`, await create(spec), words)
  // Whoever tells kubectl not to look: what the API does not know is dropped, not kept for a later version to find.
  const past = await create(pod({ image: 'evil', hostNetwork: true }), '--validate=false', '-o', 'json')
  const kept = past.code === 0 && !/evil|hostNetwork/.test(past.out)
  report.check(
    'the same, past the check of fields',
    kept,
    kept ? 'taken, and nothing of it is kept' : sentence(past.err),
  )
  await destinations({ report, tina, place })
}

/** A number to hand calls to. */
async function destinations({ report, tina, place }: Pick<Tenants, 'report' | 'tina' | 'place'>): Promise<void> {
  const to = (number: string): object =>
    agentOf(tina.namespace, 'wrong', {
      destinations: [{ name: 'desk', to: { number }, trunkRef: { name: 'pbx', namespace: 'telephony' } }],
    })
  const create = (number: string) => tina(['create', '--dry-run=server', '-f', '-'], to(number))
  const known = (await place.kube.try(['explain', 'voiceagent.spec.destinations'])).code === 0
  if (known) {
    refused(report, 'an agent hands calls to an emergency number', await create('911'), /emergency/)
    refused(report, 'an agent hands calls to a premium number', await create('+19005550100'), /premium/i)
    return
  }
  refused(report, 'an agent hands calls to a number', await create('+14155550199'), /unknown field "spec.destinations"/)
  const folder = mkdtempSync(join(tmpdir(), 'tenant-'))
  const file = join(folder, 'agent.yaml')
  writeFileSync(file, JSON.stringify(to('+14155550199')))
  const said = await run(process.execPath, ['cli/main.ts', 'validate', '-f', file]).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: '',
      err: error.stdout + error.stderr,
    }),
  )
  rmSync(folder, { recursive: true })
  refused(report, 'the same, to switchboard validate', said, /known, not in this version/)
}
