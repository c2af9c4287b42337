/** Workers as plain pods with their manifests in a ConfigMap: the cluster, the image and the phones proved without an operator. */
import { stringify } from 'yaml'
import { EDGE } from '#test/cluster/plan.ts'
import { SIMULATOR_SCRIPT } from './conversation.ts'
import { NUMBER } from './phones.ts'

export const NAMESPACE = 'e2e-plain'
export const WORKER = { app: 'worker' }

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
const MANIFESTS = '/manifests'

/** @param otlp where traces go */
export function plainPods(image: string, otlp: string): string {
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    config('simulator', { 'script.yaml': SIMULATOR_SCRIPT }),
    config('worker', { 'trunk.yaml': stringify(trunk()), 'agent.yaml': stringify(agent()) }),
    deployment('simulator', 1, {
      image,
      args: ['simulate', 'realtime', '--host=0.0.0.0', `--script=${MANIFESTS}/script.yaml`],
      readinessProbe: { httpGet: { path: '/_sim', port: 8090 }, periodSeconds: 1 },
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'simulator', namespace: NAMESPACE },
      spec: { selector: { app: 'simulator' }, ports: [{ port: 8090 }] },
    },
    deployment('worker', 2, {
      image,
      args: ['run', `--file=${MANIFESTS}`, '--sip-host=$(POD_IP)', '--http-host=0.0.0.0', '--slots=20'],
      env: [
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'OPENAI_API_KEY', value: 'sk-simulated' },
        { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: otlp },
        { name: 'OTEL_TRACES_EXPORTER', value: 'otlp' },
      ],
      readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
    }),
  ]
  return objects.map(object => stringify(object)).join('---\n')
}

/** Nothing in but SIP, media and probes; nothing out but names, the provider and traces. */
export function plainPolicy(otlpHost: string): string {
  const edge = [{ ipBlock: { cidr: `${EDGE.address}/32` } }]
  return stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'worker', namespace: NAMESPACE },
    spec: {
      podSelector: { matchLabels: WORKER },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: edge }],
      egress: [
        { to: edge },
        { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }] },
        { to: [{ podSelector: { matchLabels: { app: 'simulator' } } }], ports: [{ port: 8090 }] },
        { to: [{ ipBlock: { cidr: `${otlpHost}/32` } }], ports: [{ port: 4318 }] },
      ],
    },
  })
}

function config(name: string, data: Readonly<Record<string, string>>): unknown {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data }
}

function deployment(name: string, replicas: number, container: object): unknown {
  const labels = { app: name }
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: labels },
  }
  const spec = {
    automountServiceAccountToken: false,
    securityContext: POD_SECURITY,
    terminationGracePeriodSeconds: 5,
    topologySpreadConstraints: [spread],
    containers: [
      {
        name,
        imagePullPolicy: 'IfNotPresent',
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: 'manifests', mountPath: MANIFESTS },
          { name: 'data', mountPath: '/data' },
        ],
        ...container,
      },
    ],
    volumes: [
      { name: 'manifests', configMap: { name } },
      { name: 'data', emptyDir: {} },
    ],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}

function trunk(): unknown {
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'pbx', namespace: NAMESPACE },
    spec: {
      carrier: 'Pbx',
      ingress: 'Sip',
      numbers: [{ range: NUMBER, namespaces: {} }],
      sip: { peers: [{ cidr: `${EDGE.address}/32` }], codecs: ['PCMU', 'PCMA'] },
    },
  }
}

function agent(): unknown {
  const baseURL = `http://simulator.${NAMESPACE}:8090/v1`
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'reception', namespace: NAMESPACE },
    spec: {
      model: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1', voice: 'marin', baseURL } },
      instructions: 'You are the receptionist of Acme Dental.',
      greeting: { text: 'Acme Dental, how can I help?' },
      inbound: [{ name: 'main', trunkRef: { name: 'pbx' }, match: [{ number: NUMBER }] }],
      callControl: { endCall: {} },
    },
  }
}
