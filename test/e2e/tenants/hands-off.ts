/** What a tenant must not write, and what is put back where Kubernetes lets one write it. */
import { comes } from '../comes.ts'
import type { Pod } from '../kube.ts'
import { AGENT, SYSTEM } from '../release.ts'
import { OTHER, refused, sentence, type Tenants } from './people.ts'

const FORBIDDEN = /forbidden/i
const merge = (what: object): string[] => ['--type=merge', '-p', JSON.stringify(what)]

export async function handsOff({ place, report, tina, bob, workers }: Tenants): Promise<void> {
  const { namespace, name, trunks } = AGENT
  const here = ['-n', namespace]
  const revision = workers[0]?.metadata.labels?.['switchboard.dev/revision'] ?? ''
  const [operator] = await place.kube.get<Pod[]>('pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator')
  const inSystem = [operator?.metadata.name ?? '', '-n', SYSTEM]
  const forged = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgentRevision',
    metadata: { name: `${name}-99`, namespace },
    spec: { agent: name, replicas: 1, snapshot: { schemaVersion: 1, hash: 'x', content: {} } },
  }
  const trunk = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'own', namespace },
    spec: {},
  }
  const status = ['--subresource=status', ...merge({ status: { revision: 'other' } })]
  const forbidden: readonly (readonly [attempt: string, args: readonly string[], input?: object])[] = [
    ['writes the status of an agent', ['patch', 'voiceagent', name, ...here, ...status]],
    ['writes the status of a revision', ['patch', 'voiceagentrevision', revision, ...here, ...status]],
    [
      'edits a revision',
      ['patch', 'voiceagentrevision', revision, ...here, ...merge({ spec: { snapshot: { hash: 'x' } } })],
    ],
    ['deletes a revision that is in use', ['delete', 'voiceagentrevision', revision, ...here]],
    ['scales a revision to nothing', ['scale', 'voiceagentrevision', revision, ...here, '--replicas=0']],
    ['makes a revision', ['create', '-f', '-'], forged],
    [
      'grants a number to themselves in another’s trunk',
      ['patch', 'siptrunk', 'pbx', '-n', trunks, ...merge({ spec: { numbers: [] } })],
    ],
    ['makes a trunk without being an administrator', ['create', '-f', '-'], trunk],
    ['labels their namespace, to be granted more', ['label', 'namespace', namespace, 'customer=beta', '--overwrite']],
    ['reads an agent of another tenant', ['get', 'voiceagents', '-n', OTHER]],
    ['deletes an agent of another tenant', ['delete', 'voiceagent', 'first', '-n', OTHER]],
    ['reads the keys that tokens are signed with', ['get', 'secret', 'switchboard-token-keys', '-n', SYSTEM]],
    ['reads the key of seals', ['get', 'secret', 'switchboard-seal-key', '-n', SYSTEM]],
    ['takes a token of the operator', ['create', 'token', 'switchboard-operator', '-n', SYSTEM]],
    ['makes a pod beside the operator', ['run', 'planted', '-n', SYSTEM, '--image=any']],
    ['enters the operator', ['exec', ...inSystem, '--', 'true']],
    ['reads the operator’s log', ['logs', ...inSystem]],
    [
      'takes the operator’s Lease',
      ['patch', 'lease', 'switchboard-operator', '-n', SYSTEM, ...merge({ spec: { holderIdentity: 'me' } })],
    ],
    ['widens the operator’s role', ['patch', 'clusterrole', 'switchboard-operator', ...merge({ rules: [] })]],
  ]
  for (const [attempt, args, input] of forbidden)
    refused(report, `a tenant ${attempt}`, await tina(args, input), FORBIDDEN)
  const as = await bob(['auth', 'can-i', 'impersonate', `serviceaccount/switchboard-operator`, '-n', SYSTEM])
  report.check('a tenant acts as the operator', as.out.startsWith('no'), 'forbidden: may impersonate nobody there')
  const edited = await place.kube.try([
    'patch',
    'voiceagentrevision',
    revision,
    ...here,
    ...merge({ spec: { snapshot: { content: { instructions: 'Be rude.' } } } }),
  ])
  refused(
    report,
    'even an administrator edits what a revision says',
    edited,
    /immutable|cannot be changed|never change/i,
  )
  await putBack({ place, report, tina })
}

/** `edit` of Kubernetes may write these in its own namespace. What they say is the operator's. */
async function putBack({ place, report, tina }: Pick<Tenants, 'place' | 'report' | 'tina'>): Promise<void> {
  const here = ['-n', tina.namespace]
  const own = JSON.stringify({ keys: [] })
  const attempts: readonly (readonly [attempt: string, kind: string, name: string, args: readonly string[]])[] = [
    [
      'takes away the network policy',
      'networkpolicy',
      'switchboard-worker',
      ['delete', 'networkpolicy', 'switchboard-worker'],
    ],
    [
      'opens the network policy to everywhere',
      'networkpolicy',
      'switchboard-worker',
      ['patch', 'networkpolicy', 'switchboard-worker', ...merge({ spec: { egress: [{}], ingress: [{}] } })],
    ],
    [
      'gives workers keys of their own',
      'configmap',
      'switchboard-worker-keys',
      ['patch', 'configmap', 'switchboard-worker-keys', ...merge({ data: { 'jwks.json': own } })],
    ],
    [
      'takes away the budget of the pods',
      'poddisruptionbudget',
      AGENT.name,
      ['delete', 'poddisruptionbudget', AGENT.name],
    ],
  ]
  for (const [attempt, kind, name, args] of attempts) {
    const content = async (): Promise<string> => {
      const { spec, data } = await place.kube.get<{ spec?: object; data?: object }>(kind, name, ...here)
      return JSON.stringify({ spec, data })
    }
    const before = await content()
    const said = await tina([...args, ...here])
    const began = performance.now()
    await comes(async () => (await content()) === before, 30_000, `${kind} ${name} is put back`).catch(() => {})
    const back = (await content().catch(() => '')) === before
    const answer = said.code === 0 ? 'done' : sentence(said.err)
    report.check(
      `a tenant ${attempt}`,
      back,
      back
        ? `${answer}, and put back after ${((performance.now() - began) / 1000).toFixed(1)} s`
        : `${answer}, and left so`,
    )
  }
}
