/** The pod that a worker is, but for its name: everything that decides how it behaves, and the hash of it. */
import { hashOf } from '#kube/apply/hash.ts'
import {
  AGENT_LABEL,
  COMPONENT_LABEL,
  KEYS_CONFIG_MAP,
  KEYS_FILE,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  REVISION_LABEL,
  SAFE_TO_EVICT_VOLUMES,
  WORKER_COMPONENT,
  WORKER_CONTAINER,
  WORKER_SERVICE_ACCOUNT,
} from './names.ts'
import type { Ms } from './observed-pod.ts'
import type { ResourceAmounts, WorkerConfig } from './worker-config.ts'

/** What an agent may say of its pods: `spec.pod`, a closed list. */
export interface PodOptions {
  readonly resources?: ResourceAmounts | undefined
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined
  readonly tolerations?: readonly object[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** A Secret that the revision names, and the keys of it that are mounted; nothing else of it is. */
export interface MountedSecret {
  readonly name: string
  readonly keys: readonly string[]
}

export interface PodOrder {
  readonly agent: { readonly namespace: string; readonly name: string }
  readonly revision: { readonly name: string; readonly uid: string }
  readonly callsPerPod: number
  /** `limits.call.max` of the revision. */
  readonly callLimitMs: Ms
  readonly options: PodOptions
  readonly secrets: readonly MountedSecret[]
}

export interface PodTemplate {
  readonly order: PodOrder
  readonly labels: Readonly<Record<string, string>>
  readonly spec: object
  /** The same for the same pod: pods of another one are replaced. */
  readonly hash: string
}

/** Last words after the longest call, and the time that records take to be written. */
const AFTER_LAST_CALL_S = 90
/** Of that, what the worker does not give to calls. */
const FOR_RECORDS_S = 60

/** A name server that is lost with its node is in the Service until Kubernetes knows: then another one is asked in a second, not in five. */
const DNS = [
  { name: 'timeout', value: '1' },
  { name: 'attempts', value: '5' },
]
const DATA = '/var/lib/switchboard'
const CREDENTIALS = '/var/run/switchboard/credentials'
const KEYS = '/etc/switchboard/keys'
/** As in the image. */
const USER = 10_001

export function podTemplate(config: WorkerConfig, order: PodOrder): PodTemplate {
  const labels = {
    ...order.options.labels,
    'app.kubernetes.io/name': 'switchboard',
    [COMPONENT_LABEL]: WORKER_COMPONENT,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    [AGENT_LABEL]: order.agent.name,
    [REVISION_LABEL]: order.revision.name,
  }
  const spec = specOf(config, order)
  return { order, labels, spec, hash: hashOf({ labels, spec }) }
}

function specOf(config: WorkerConfig, order: PodOrder): object {
  const { options } = order
  // It can never be made longer on a living pod, so it is the longest that any drain may need.
  const graceS = Math.ceil(order.callLimitMs / 1000) + AFTER_LAST_CALL_S
  return {
    serviceAccountName: WORKER_SERVICE_ACCOUNT,
    automountServiceAccountToken: false,
    dnsConfig: { options: DNS },
    enableServiceLinks: false,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: graceS,
    ...(config.priorityClass !== null && { priorityClassName: config.priorityClass }),
    ...(config.pullSecrets.length > 0 && { imagePullSecrets: config.pullSecrets.map(name => ({ name })) }),
    ...(options.nodeSelector !== undefined && { nodeSelector: options.nodeSelector }),
    tolerations: [...patience(), ...(options.tolerations ?? [])],
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { [COMPONENT_LABEL]: WORKER_COMPONENT, [AGENT_LABEL]: order.agent.name } },
    })),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [containerOf(config, order, graceS - FOR_RECORDS_S)],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      { name: 'keys', configMap: { name: KEYS_CONFIG_MAP, defaultMode: 0o444 } },
      ...order.secrets.map(secretVolume),
    ],
  }
}

/** Calls live through a node that is not heard of for a while; so no seconds. */
function patience(): object[] {
  return ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map(key => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
  }))
}

function containerOf(config: WorkerConfig, order: PodOrder, drainS: number): object {
  const { ports } = config
  const { resources: own } = order.options
  return {
    name: WORKER_CONTAINER,
    image: config.image,
    imagePullPolicy: config.pullPolicy,
    args: ['worker'],
    env: environmentOf(config, order, drainS),
    ports: [
      { name: 'sip-udp', containerPort: ports.sip, protocol: 'UDP' },
      { name: 'sip-tcp', containerPort: ports.sip, protocol: 'TCP' },
      { name: 'http', containerPort: ports.http, protocol: 'TCP' },
    ],
    resources: {
      requests: { ...config.resources.requests, ...own?.requests },
      limits: { ...config.resources.limits, ...own?.limits },
    },
    startupProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 60 },
    // A worker that is late for a minute has lost its calls; one that is late for a moment must not lose them by a restart.
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'http' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'http' },
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    // The last line of a worker that crashes is in its status then.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'data', mountPath: DATA },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'keys', mountPath: KEYS, readOnly: true },
      ...order.secrets.map((secret, i) => ({
        name: volumeName(i),
        mountPath: `${CREDENTIALS}/${secret.name}`,
        readOnly: true,
      })),
    ],
  }
}

function environmentOf(config: WorkerConfig, order: PodOrder, drainS: number): object[] {
  const { ports } = config
  const given = {
    ...config.env,
    SWITCHBOARD_HTTP_HOST: '0.0.0.0',
    SWITCHBOARD_HTTP_PORT: String(ports.http),
    SWITCHBOARD_SIP_PORT: String(ports.sip),
    SWITCHBOARD_RTP_PORTS: `${ports.rtp.from}-${ports.rtp.to}`,
    SWITCHBOARD_SLOTS: String(order.callsPerPod),
    SWITCHBOARD_DRAIN_DEADLINE: String(drainS),
    SWITCHBOARD_LOG_LEVEL: config.logLevel,
    SWITCHBOARD_DB: `${DATA}/calls.db`,
    SWITCHBOARD_STATE: `${DATA}/state`,
    SWITCHBOARD_CREDENTIALS: CREDENTIALS,
    SWITCHBOARD_TOKEN_KEYS: `${KEYS}/${KEYS_FILE}`,
  }
  const fields = {
    POD_NAME: 'metadata.name',
    POD_NAMESPACE: 'metadata.namespace',
    POD_UID: 'metadata.uid',
    POD_IP: 'status.podIP',
  }
  return [
    ...Object.entries(fields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
    ...Object.entries(given).map(([name, value]) => ({ name, value })),
  ]
}

/** Optional: a pod whose Secret is missing starts, says so, and has it as soon as it is there. */
function secretVolume({ name, keys }: MountedSecret, i: number): object {
  const items = keys.toSorted().map(key => ({ key, path: key }))
  return { name: volumeName(i), secret: { secretName: name, items, optional: true, defaultMode: 0o440 } }
}

const volumeName = (i: number): string => `credential-${i}`

/** Volumes that no node is kept for. Records on `data` live as long as their pod, and nothing takes them elsewhere yet. */
export const DISPOSABLE_VOLUMES = { [SAFE_TO_EVICT_VOLUMES]: 'data,tmp' }
