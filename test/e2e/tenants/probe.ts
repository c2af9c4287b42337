/** Who answers over TCP, asked on the network of a pod or of a node. */
import { DNS_SERVICE } from '#test/cluster/plan.ts'
import type { Pod } from '../kube.ts'
import { handsOn, type Place } from '../place.ts'

export interface Target {
  /** An address, or a name that the cluster's DNS knows. */
  readonly host: string
  readonly port: number
}

export type Answer = 'answers' | 'refuses' | 'is silent' | 'has no route' | 'has no name'

/** Longer than any answer on one busy machine takes; what drops packets never answers. */
const WAIT_MS = 4000

const PROBE = `
const { connect, isIP } = require('node:net')
const resolver = new (require('node:dns').promises.Resolver)({ timeout: 2000, tries: 2 })
resolver.setServers(['${DNS_SERVICE}'])
const address = host => (isIP(host) ? host : resolver.resolve4(host).then(([first]) => first))
const ask = async ({ host, port }) => {
  let to
  try { to = await address(host) } catch { return 'has no name' }
  return new Promise(resolve => {
    const socket = connect(port, to)
    const done = answer => { socket.destroy(); resolve(answer) }
    socket.on('connect', () => done('answers'))
    socket.on('error', error => done(error.code === 'ECONNREFUSED' ? 'refuses' : 'has no route'))
    setTimeout(() => done('is silent'), ${WAIT_MS})
  })
}
const targets = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
Promise.all(targets.map(ask)).then(all => { console.log(JSON.stringify(all)); process.exit(0) })
`

/** @param from a pod, or the name of a node */
export async function probe(place: Place, from: Pod | string, targets: readonly Target[]): Promise<Answer[]> {
  const input = JSON.stringify(targets.map(({ host, port }) => ({ host, port })))
  const args = ['-e', PROBE]
  const machines = handsOn(place)
  const said =
    typeof from === 'string'
      ? await machines.onNode(from, process.execPath, args, input)
      : await machines.inPod(from, process.execPath, args, input)
  return JSON.parse(said) as Answer[]
}
