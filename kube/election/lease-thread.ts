/** The thread that renews the Lease: a busy main event loop cannot make it late, a dead one cannot keep it alive. */
import { parentPort, workerData } from 'node:worker_threads'
import { Client } from '../client/client.ts'
import type { Clock } from '../clock.ts'
import type { KubeObject } from '../object.ts'
import { LEASES, leaseObject, recordOf } from './lease-object.ts'
import type { FromLeaseThread, LeaseThreadData, ToLeaseThread } from './messages.ts'
import { machineNow, SharedBelief } from './shared-belief.ts'
import { type ElectionEffect, type ElectionEvent, newElectionState } from './state.ts'
import { step } from './step.ts'

if (parentPort === null) throw new Error('lease-thread is started by the elector')
const port = parentPort
const data = workerData as LeaseThreadData
const belief = new SharedBelief(data.belief)
const clock: Clock = {
  now: machineNow,
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
let credentials = data.credentials
const client = new Client({
  credentials: () => Promise.resolve(credentials),
  userAgent: data.userAgent,
  fieldManager: data.identity,
  clock,
})
/** Half of what is left to believe when a renewal is due, so that a second try fits in. */
const timeoutMs = Math.max(500, (data.policy.believeMs - data.policy.retryMs) / 2)
const state = newElectionState(data.identity, machineNow())
let last: KubeObject | null = null
let cancel: (() => void) | null = null

function say(message: FromLeaseThread): void {
  port.postMessage(message)
}

function take(event: ElectionEvent): void {
  const out: ElectionEffect[] = []
  step(state, event, { policy: data.policy, now: machineNow(), random: Math.random }, out)
  // First of all: the main thread reads it without asking.
  belief.believeUntil = state.phase === 'leading' ? state.believeUntil : 0
  for (const effect of out) perform(effect)
  cancel?.()
  cancel =
    state.wakeAt === null ? null : clock.after(Math.max(1, state.wakeAt - machineNow()), () => take({ is: 'wake' }))
}

function perform(effect: ElectionEffect): void {
  switch (effect.do) {
    case 'get':
      void get(effect.request)
      break
    case 'write':
      void write(effect)
      break
    case 'leading':
      say({ say: 'leading', fence: effect.fence })
      break
    case 'lost':
      say({ say: 'lost' })
      break
    case 'released':
      clearInterval(pulse)
      void client.close().then(() => {
        say({ say: 'released' })
        port.close()
      })
      break
  }
}

async function get(request: number): Promise<void> {
  try {
    last = await client.get(LEASES, data.lease, { priority: 'high', timeoutMs })
    take({ is: 'seen', request, lease: last === null ? null : recordOf(last) })
  } catch (error) {
    fail(request, error)
  }
}

async function write(effect: Extract<ElectionEffect, { do: 'write' }>): Promise<void> {
  const { request } = effect
  const object = leaseObject(data.lease, effect.resourceVersion === null ? null : last, effect, Date.now())
  const options = { priority: 'high', timeoutMs } as const
  try {
    const written: KubeObject = await (effect.resourceVersion === null
      ? client.create(LEASES, object, options)
      : client.replace(LEASES, object, options))
    last = written
    take({ is: 'written', request, lease: recordOf(written) })
  } catch (error) {
    fail(request, error)
  }
}

function fail(request: number, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Another candidate was faster: that is what elections are.
  if (code !== 'SB_KUBE_CONFLICT' && code !== 'SB_KUBE_EXISTS')
    say({ say: 'failed', code, message: error instanceof Error ? error.message : String(error) })
  take({ is: 'failed', request })
}

const pulse = setInterval(() => {
  if (machineNow() - belief.mainBeat > data.stallMs) take({ is: 'abandon' })
}, data.policy.retryMs / 2)

port.on('message', (message: ToLeaseThread) => {
  if (message.say === 'credentials') credentials = message.credentials
  else take({ is: 'release' })
})
take({ is: 'wake' })
