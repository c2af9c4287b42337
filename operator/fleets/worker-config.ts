/** How workers are made in this installation: the same for all agents, from the operator's own configuration. */

export interface ResourceAmounts {
  readonly requests?: Readonly<Record<string, string | undefined>> | undefined
  readonly limits?: Readonly<Record<string, string | undefined>> | undefined
}

export interface WorkerConfig {
  readonly image: string
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never'
  /** Names of pull secrets; they must be in the agent's namespace. */
  readonly pullSecrets: readonly string[]
  /** null: the cluster's default. Without a class of its own a worker may be preempted by anything. */
  readonly priorityClass: string | null
  readonly resources: ResourceAmounts
  readonly ports: WorkerPorts
  readonly logLevel: string
  /** What is passed on as it is, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly env: Readonly<Record<string, string>>
}

export interface WorkerPorts {
  readonly sip: number
  readonly http: number
  readonly rtp: { readonly from: number; readonly to: number }
}

export const DEFAULT_WORKER_PORTS: WorkerPorts = { sip: 5060, http: 8080, rtp: { from: 20_000, to: 24_000 } }

/** A worker uses one core at most: it is one event loop. */
export const DEFAULT_WORKER_RESOURCES: ResourceAmounts = {
  requests: { cpu: '250m', memory: '256Mi' },
  limits: { memory: '512Mi' },
}
