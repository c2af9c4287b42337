/** `switchboard operator`: turns VoiceAgents into pods that answer calls. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadCluster } from '#kube/client/credentials.ts'
import { operatorErrors } from '#operator/errors.ts'
import type { PodsPeer } from '#operator/fleets/network-policy.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES } from '#operator/fleets/worker-config.ts'
import type { OperatorSettings } from '#operator/process/settings.ts'
import { Operator } from '#operator/run-operator.ts'
import { startTelemetry } from '#runtime/telemetry/start-telemetry.ts'
import { createLogger, LOG_LEVELS, type LogLevel } from '#runtime/worker/logger.ts'
import { deniedFlag, networksFlag } from './operator-networks.ts'
import { VERSION } from './version.ts'
import { closeAll } from './worker-options.ts'

interface Flags {
  readonly image: string
  readonly namespace?: string
  readonly serviceAccount: string
  readonly httpHost: string
  readonly httpPort: number
  readonly logLevel: LogLevel
  readonly concurrency: number
  readonly historyLimit: number
  readonly replacements: number
  readonly qps: number
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never'
  readonly imagePullSecret?: string[]
  readonly priorityClass?: string
  readonly workerLogLevel: LogLevel
  readonly workerEnv: Record<string, string>
  readonly workerCpu: string
  readonly workerMemory: string
  readonly networkPolicies: boolean
  readonly metricsFrom?: PodsPeer[]
  readonly edgesFrom?: PodsPeer[]
  readonly dns?: string[]
  readonly deny?: string[]
}

const HELP = `
It reads KUBECONFIG, ~/.kube/config or the service account of its pod. Any number may run: one leads, by the Lease
switchboard-operator in its own namespace, and the others take over within 15 s, or at once when it is stopped.
SIGTERM ends work that is under way and lets go of the lead. No call depends on an operator that runs.

In its own namespace it keeps the Secrets switchboard-token-keys and switchboard-seal-key, which it makes itself. Of an
agent's Secret it looks at the label alone, and only where a RoleBinding in that namespace lets it get Secrets.

GET /healthz and /readyz for probes, /metrics for Prometheus. The standard OTEL_* variables send metrics by OTLP. Workers are
given OTEL_SDK_DISABLED, OTEL_LOG_LEVEL, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_*, OTEL_TRACES_*, OTEL_METRICS_* and
OTEL_BSP_* as they are, and what --worker-env names.`

/**
 * How much the heap may grow between two collections of all of it. What an operator holds is small and lives long; what a burst leaves behind is not
 * given back for hours otherwise. With 1,000 agents: 246 in place of 393 MiB, for a tenth more CPU in the burst.
 */
const HEAP_GROWTH = '--heap-growing-percent=25'

/** What workers are given of the operator's own environment. */
const PASSED_ON = /^OTEL_(EXPORTER_OTLP_|TRACES_|METRICS_|BSP_|SDK_DISABLED$|LOG_LEVEL$|RESOURCE_ATTRIBUTES$)/

export function operatorCommand(): Command {
  return new Command('operator')
    .description('Turns VoiceAgents into pods that answer calls, and keeps them so.')
    .addOption(new Option('--image <image>', 'of workers').env('SWITCHBOARD_IMAGE').makeOptionMandatory())
    .addOption(new Option('--namespace <name>', 'its own namespace').env('POD_NAMESPACE'))
    .addOption(
      new Option('--service-account <name>', 'its own account, for commands that it proposes')
        .env('POD_SERVICE_ACCOUNT')
        .default('switchboard-operator'),
    )
    .option('--http-host <address>', 'address of health and metrics', '0.0.0.0')
    .option('--http-port <port>', 'port of health and metrics; 0 for a free one', whole(0, 65_535), 8080)
    .addOption(logLevel('--log-level <level>', 'what is logged, as JSON lines on stderr').env('SWITCHBOARD_LOG_LEVEL'))
    .option('--concurrency <count>', 'agents worked on at once', whole(1, 256), 64)
    .option('--history-limit <count>', 'retired revisions that are kept of each agent', whole(0, 100), 10)
    .option(
      '--replacements <count>',
      'pods replaced at a time, over all agents, after a change of Switchboard itself',
      whole(1, 10_000),
      10,
    )
    .option('--qps <count>', 'requests a second to the API server; twice as many at once', whole(1, 10_000), 200)
    .addOption(
      new Option('--image-pull-policy <policy>', 'of workers')
        .choices(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent'),
    )
    .option('--image-pull-secret <name...>', 'Secrets to pull with, in the namespaces of agents')
    .option('--priority-class <name>', 'of workers; without one of their own anything may preempt them')
    .addOption(logLevel('--worker-log-level <level>', 'what workers log'))
    .option('--worker-env <name=value...>', 'given to every worker', pairs, {})
    .option(
      '--worker-cpu <quantity>',
      'requested where an agent says nothing',
      DEFAULT_WORKER_RESOURCES.requests?.['cpu'],
    )
    .option(
      '--worker-memory <quantity>',
      'requested where an agent says nothing; twice as much is the limit',
      DEFAULT_WORKER_RESOURCES.requests?.['memory'],
    )
    .option('--no-network-policies', 'make no NetworkPolicy for workers')
    .option('--metrics-from <peer...>', `pods that scrape workers: ${PEER}`, peers)
    .option('--edges-from <peer...>', `pods that SIP and RTP come from: ${PEER}`, peers)
    .option('--dns <cidr...>', 'resolvers that workers may ask, beside the pods of kube-system', networksFlag)
    .option('--deny <cidr...>', 'what no worker may reach: nodes, the API server', deniedFlag)
    .addHelpText('after', HELP)
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  setFlagsFromString(HEAP_GROWTH)
  const closers: (() => Promise<unknown>)[] = []
  try {
    const log = createLogger(flags.logLevel)
    const cluster = await loadCluster()
    const settings = settingsOf(flags, process.env)
    const telemetry = startTelemetry({
      service: 'switchboard-operator',
      version: VERSION,
      log: (level, message, fields) => log[level](fields, message),
      ...(process.env['POD_NAME'] !== undefined && { instance: process.env['POD_NAME'] }),
    })
    closers.push(() => telemetry.shutdown())
    const { credentials } = cluster
    const operator = await Operator.start({
      settings,
      credentials,
      log,
      meter: telemetry.meter,
      collect: () => telemetry.collect(),
    })
    closers.push(() => operator.close())
    log.info({ http: operator.httpPort, identity: settings.identity, namespace: settings.namespace }, 'started')
    await stopSignal()
    log.info('stopping')
  } finally {
    await closeAll(closers)
  }
}

function settingsOf(flags: Flags, env: NodeJS.ProcessEnv): OperatorSettings {
  const { namespace, image, qps, workerCpu, workerMemory } = flags
  if (namespace === undefined) throw operatorErrors.noNamespace()
  const passed = Object.entries(env).filter(([name, value]) => PASSED_ON.test(name) && value !== undefined)
  const workerEnv = { ...Object.fromEntries(passed as [string, string][]), ...flags.workerEnv }
  const urls = Object.entries(workerEnv).filter(([name]) => /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name))
  return {
    namespace,
    serviceAccount: flags.serviceAccount,
    identity: `${env['POD_NAME'] ?? hostname()}_${randomUUID()}`,
    version: VERSION,
    http: { host: flags.httpHost, port: flags.httpPort },
    worker: {
      image,
      pullPolicy: flags.imagePullPolicy,
      pullSecrets: flags.imagePullSecret ?? [],
      priorityClass: flags.priorityClass ?? null,
      resources: { requests: { cpu: workerCpu, memory: workerMemory }, limits: { memory: twice(workerMemory) } },
      ports: DEFAULT_WORKER_PORTS,
      logLevel: flags.workerLogLevel,
      env: workerEnv,
    },
    network: {
      policies: flags.networkPolicies,
      metrics: flags.metricsFrom ?? [],
      edges: flags.edgesFrom ?? [],
      dns: flags.dns ?? [],
      denied: flags.deny ?? [],
      urls: urls.map(([, url]) => url),
    },
    historyLimit: flags.historyLimit,
    concurrency: flags.concurrency,
    replacements: flags.replacements,
    rate: { qps, burst: 2 * qps },
  }
}

/** The first one; later ones find their default behaviour. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    const stop = (): void => {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

function logLevel(flag: string, words: string): Option {
  return new Option(flag, words).choices(LOG_LEVELS).default('info')
}

function whole(min: number, max: number): (value: string) => number {
  return value => {
    const number = Number(value)
    if (!Number.isInteger(number) || number < min || number > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max}`)
    return number
  }
}

function pairs(value: string, before: Record<string, string>): Record<string, string> {
  const equals = value.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('NAME=VALUE')
  return { ...before, [value.slice(0, equals)]: value.slice(equals + 1) }
}

/** How pods of a namespace are written on the command line. */
const PEER = 'NAMESPACE or NAMESPACE:LABEL=VALUE'

function peers(value: string, before: PodsPeer[] = []): PodsPeer[] {
  const [name = '', label] = value.split(':')
  const [key = '', is] = label?.split('=') ?? []
  if (name === '' || (label !== undefined && (key === '' || is === undefined))) throw new InvalidArgumentError(PEER)
  const namespace = { 'kubernetes.io/metadata.name': name }
  return [...before, { namespace, ...(is !== undefined && { pods: { [key]: is } }) }]
}

function twice(quantity: string): string {
  const [, amount = '0', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? []
  return `${Number(amount) * 2}${unit}`
}
