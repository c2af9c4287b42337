/** What a tenant must not do: tried with the rights that a tenant has, and from inside a worker. A line per attempt, with what it was answered. */
import { say } from '#test/cluster/progress.ts'
import { WORKERS } from './calls.ts'
import { runCollector } from './collector.ts'
import { comes } from './comes.ts'
import { SHORT } from './conversation.ts'
import { isReady, type Pod } from './kube.ts'
import { isGiven, notRun, type Takes } from './parts.ts'
import { dial } from './phones.ts'
import { inPlace, type Place } from './place.ts'
import { AGENT, applyExample, installCharts } from './release.ts'
import { claims } from './tenants/claims.ts'
import { forged } from './tenants/forged.ts'
import { handsOff } from './tenants/hands-off.ts'
import { network } from './tenants/network.ts'
import { invite, OTHER, type Tenants } from './tenants/people.ts'
import { relabelled } from './tenants/relabelled.ts'
import { tokens } from './tenants/tokens.ts'
import { wrongAgents } from './tenants/wrong-agents.ts'

const READY_S = 120
/** Of the example. */
const PODS = 2

/** In this order: what is declared and made by one is there for the next, and the last changes pods. */
const PARTS: Readonly<Record<string, (tenants: Tenants) => Promise<void>>> = {
  'wrong-agents': wrongAgents,
  claims,
  'hands-off': handsOff,
  tokens,
  forged,
  network,
  relabelled,
}

/** Some speak from the network of a pod or of a node. */
const TAKES: Readonly<Record<string, Takes>> = { tokens: 'machines', network: 'machines' }

export const run = inPlace(async (place, report, options) => {
  const only = options['only']
  if (only !== undefined && !(only in PARTS))
    throw new Error(`there is no part "${only}": ${Object.keys(PARTS).join(', ')}`)
  const given = { machines: place.machines !== null, nodes: false }
  const asked = Object.keys(PARTS).filter(name => only === undefined || only === name)
  for (const sentence of notRun(Object.fromEntries(asked.map(name => [name, TAKES[name]])), given))
    report.note(sentence)
  const collector = await runCollector(place.host, say)
  try {
    await installCharts(place, collector.endpoint)
    await applyExample(place, READY_S)
    const workers = await readyWorkers(place)
    const tenants: Tenants = { place, report, workers, ...(await invite(place)) }
    for (const [name, part] of Object.entries(PARTS)) {
      if (!asked.includes(name) || !isGiven(TAKES[name], given)) continue
      say(name)
      try {
        await part(tenants)
      } catch (error) {
        report.check(`${name} was tried to its end`, false, error instanceof Error ? error.message : String(error))
      }
    }
    await place.setWorkers((await readyWorkers(place)).map(pod => `${pod.status.podIP}:5060`))
    const { carried, detail } = await dial(place, SHORT).done
    report.check('and after all of it the number is answered by whose it is', carried, detail.slice(0, 170))
  } finally {
    await leave(place)
    await collector.close()
  }
})

/** Those of the revision that is there to stay. */
async function readyWorkers(place: Place): Promise<readonly Pod[]> {
  const all = (): Promise<Pod[]> => place.kube.get<Pod[]>('pods', ...WORKERS)
  const settled = async (): Promise<boolean> => {
    const revision = await place.kube(
      'get',
      'voiceagent',
      AGENT.name,
      '-n',
      AGENT.namespace,
      '-o',
      'jsonpath={.status.revision}',
    )
    const pods = await all()
    const right = pods.filter(pod => isReady(pod) && pod.metadata.labels?.['switchboard.dev/revision'] === revision)
    return right.length === PODS && pods.length === PODS
  }
  await comes(settled, READY_S * 2000, `${PODS} workers are Ready, and no others are there`)
  return all()
}

async function leave(place: Place): Promise<void> {
  await place.setWorkers([])
  const { kube } = place
  await kube.try(['delete', 'voiceagents', 'booking', 'sneaky', '-n', AGENT.namespace, '--ignore-not-found'])
  await kube.try(['delete', 'pod/calendar', 'service/calendar', '-n', AGENT.namespace, '--ignore-not-found'])
  await kube.try(['delete', 'rolebinding', 'tina', '-n', AGENT.namespace, '--ignore-not-found'])
  await kube.try(['delete', 'siptrunk', 'second', '-n', AGENT.trunks, '--ignore-not-found'])
  await kube.try(['delete', 'namespace', OTHER, '--ignore-not-found', '--wait=false'])
}
