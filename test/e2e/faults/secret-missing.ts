/** An agent names a Secret that is not there: it says what to type, and once that is typed it is Ready by itself. */
import { stringify } from 'yaml'
import { SYSTEM } from '../release.ts'
import { mustSay, type Stage } from './stage.ts'

const NAMESPACE = 'faults-secret'
const NAME = 'forgetful'
const SECRET = 'second-key'
const NUMBER = '+14155550111'

export async function secretMissing(stage: Stage): Promise<void> {
  const { place } = stage
  const agent = { namespace: NAMESPACE, name: NAME }
  await place.kube.apply(manifests())
  try {
    const words = await mustSay(
      stage,
      'the agent says how',
      /^Ready=False SecretMissing: .*kubectl create secret/,
      60_000,
      agent,
    )
    const [, create = '', label = ''] =
      /kubectl (create secret [^&]+) && kubectl (label secret \S+ -n \S+ \S+)/.exec(words) ?? []
    for (const command of [create.replace('…', 'any-key'), label]) {
      stage.say(`kubectl ${command}`)
      await place.kube(...command.trim().split(' '))
    }
    await mustSay(stage, 'and with no more than that it is Ready', /^Ready=True/, 120_000, agent)
  } finally {
    await place.kube('delete', 'namespace', NAMESPACE, '--wait=false')
  }
}

function manifests(): string {
  const metadata = { namespace: NAMESPACE, name: NAME }
  const rights = { namespace: NAMESPACE, name: 'switchboard-credentials' }
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: rights,
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [SECRET], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: rights,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: rights.name },
      subjects: [{ kind: 'ServiceAccount', name: 'switchboard-operator', namespace: SYSTEM }],
    },
    {
      apiVersion: 'switchboard.dev/v1alpha1',
      kind: 'SipTrunk',
      metadata: { namespace: NAMESPACE, name: 'pbx' },
      spec: {
        carrier: 'Pbx',
        ingress: 'Sip',
        numbers: [{ range: NUMBER, namespaces: {} }],
        sip: { peers: [{ cidr: '10.0.0.0/8' }], codecs: ['PCMU'] },
      },
    },
    {
      apiVersion: 'switchboard.dev/v1alpha1',
      kind: 'VoiceAgent',
      metadata,
      spec: {
        model: {
          provider: 'OpenAI',
          openAI: {
            model: 'gpt-realtime-2.1',
            voice: 'marin',
            baseURL: `http://switchboard-simulator.${SYSTEM}:8090/v1`,
          },
          credentialsRef: { kind: 'Secret', name: SECRET, key: 'apiKey' },
        },
        instructions: 'You are the receptionist.',
        greeting: { text: 'Hello.' },
        inbound: [{ name: 'main', trunkRef: { name: 'pbx' }, match: [{ number: NUMBER }] }],
        scaling: { minPods: 1, callsPerPod: 5 },
      },
    },
  ]
  return objects.map(object => stringify(object)).join('---\n')
}
