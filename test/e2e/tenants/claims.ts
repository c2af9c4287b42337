/** Numbers and trunks of others, and Secrets that are not for agents: taken as objects, and never served. */
import { stringify } from 'yaml'
import { comes } from '../comes.ts'
import type { Pod } from '../kube.ts'
import { AGENT } from '../release.ts'
import { agentOf, claimOf, modelOf, OTHER, type Tenant, type Tenants } from './people.ts'

/** Of the second trunk, granted to the other tenant. */
const THEIRS = '+14155550200'
const OURS = '+14155550100'
const SAID_MS = 40_000

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}
interface Agent {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly conditions?: readonly Condition[]; readonly pods?: number }
}

export async function claims(tenants: Tenants): Promise<void> {
  const { place, bob, tina } = tenants
  const trunk = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'second', namespace: AGENT.trunks },
    spec: {
      carrier: 'Pbx',
      ingress: 'Sip',
      numbers: [{ range: THEIRS, namespaces: { matchLabels: { customer: OTHER } } }],
      sip: { peers: [{ cidr: '10.0.0.0/8' }], codecs: ['PCMU'] },
    },
  }
  await place.kube.apply(stringify(trunk))
  await apply(bob, 'first', { inbound: claimOf('second', { number: THEIRS }) })
  await place.kube('wait', '--for=condition=Ready', 'voiceagent/first', '-n', OTHER, '--timeout=120s')
  const attempts: readonly (readonly [attempt: string, who: Tenant, name: string, spec: object, reason: string])[] = [
    [
      'a number of a trunk that is not shared',
      bob,
      'unshared',
      { inbound: claimOf('pbx', { number: OURS }) },
      'TrunkNotShared',
    ],
    [
      'a number that was granted to somebody else',
      tina,
      'theirs',
      { inbound: claimOf('second', { number: THEIRS }) },
      'TrunkNotShared',
    ],
    [
      'a number of a shared trunk that was not granted',
      bob,
      'ungranted',
      { inbound: claimOf('second', { number: OURS }) },
      'NumberNotGranted',
    ],
    [
      'all numbers around the granted one',
      bob,
      'around',
      { inbound: claimOf('second', { range: '+14155550000-+14155559999' }) },
      'NumberNotGranted',
    ],
    [
      'whatever begins like the granted one',
      bob,
      'prefix',
      { inbound: claimOf('second', { range: '+1415*' }) },
      'NumberNotGranted',
    ],
    [
      'a number that an agent has already',
      bob,
      'late',
      { inbound: claimOf('second', { number: THEIRS }) },
      'NumberClaimed',
    ],
    [
      'a number of a trunk that is not there',
      bob,
      'nowhere',
      { inbound: claimOf('third', { number: THEIRS }) },
      'TrunkMissing',
    ],
  ]
  for (const [, who, name, spec] of attempts) await apply(who, name, spec)
  for (const [attempt, who, name, , reason] of attempts)
    await stalls(tenants, `an agent claims ${attempt}`, who, name, reason)
  await secrets(tenants)
  for (const who of [bob, tina])
    for (const name of await mine(tenants, who))
      if (name !== 'first') await who(['delete', 'voiceagent', name, '-n', who.namespace])
}

async function secrets(tenants: Tenants): Promise<void> {
  const { place, bob } = tenants
  const of = (name: string) => ({
    model: modelOf({}, { kind: 'Secret', name, key: 'apiKey' }),
    // So that nothing but the Secret stands in the way of pods.
    inbound: claimOf('second', { number: THEIRS }),
  })
  await bob(['delete', 'voiceagent', 'late', '-n', OTHER])
  await place.kube('create', 'secret', 'generic', 'payroll', '-n', OTHER, '--from-literal=apiKey=hunter2')
  await apply(bob, 'unseen', of('payroll'))
  await stalls(tenants, 'an agent names a Secret that the operator may not look at', bob, 'unseen', 'SecretForbidden')
  await bob(['delete', 'voiceagent', 'unseen', '-n', OTHER])
  // Whoever owns the namespace lets the operator see labels there.
  const operator = '--serviceaccount=switchboard-system:switchboard-operator'
  await place.kube(
    'create',
    'rolebinding',
    'switchboard-credentials',
    '-n',
    OTHER,
    '--clusterrole=switchboard-credentials',
    operator,
  )
  await apply(bob, 'unlabelled', of('payroll'))
  await stalls(tenants, 'an agent names a Secret without the label', bob, 'unlabelled', 'SecretUnlabelled')
  await apply(bob, 'elsewhere', of('openai'))
  await stalls(tenants, 'an agent names a Secret by the name of another tenant’s', bob, 'elsewhere', 'SecretMissing')
}

async function apply(who: Tenant, name: string, spec: object): Promise<void> {
  const said = await who(['apply', '-f', '-'], agentOf(who.namespace, name, spec))
  if (said.code !== 0) throw new Error(said.err)
}

const mine = async ({ place }: Tenants, who: Tenant): Promise<string[]> =>
  (await place.kube.get<Agent[]>('voiceagents', '-n', who.namespace))
    .map(agent => agent.metadata.name)
    .filter(name => name !== AGENT.name)

/** The agent says this reason, in a sentence, and has no pod. */
async function stalls(
  { place, report }: Tenants,
  attempt: string,
  who: Tenant,
  name: string,
  reason: string,
): Promise<void> {
  const stalled = async (): Promise<Condition | undefined> => {
    const agent = await place.kube.get<Agent>('voiceagent', name, '-n', who.namespace)
    return agent.status?.conditions?.find(({ type, status }) => type === 'Stalled' && status === 'True')
  }
  await comes(async () => (await stalled())?.reason === reason, SAID_MS, `${name} says ${reason}`).catch(() => {})
  const said = await stalled()
  const pods = await place.kube.get<Pod[]>('pods', '-n', who.namespace, '-l', `switchboard.dev/agent=${name}`)
  const words = said === undefined ? 'nothing is said' : `${said.reason}: ${said.message}`
  report.check(attempt, said?.reason === reason && pods.length === 0, `${pods.length} pods; ${words.slice(0, 170)}`)
}
