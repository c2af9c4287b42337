/** Machines of the cluster: network, mount and process namespaces of their own, as containers have; this machine's files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { record, recorded } from './journal.ts'
import { BRIDGE, FOLDER, linkOf, type Machine, OUTSIDE, podRoutes } from './plan.ts'
import { childOf, daemon, ip, run, startOf } from './run.ts'

export interface Running {
  readonly machine: Machine
  /** All that it keeps, at the same path inside and outside. */
  readonly folder: string
  /** Starts a command in it that stays. @returns the pid of nsenter; its child is the command */
  daemon(name: string, command: string, args: readonly string[]): number
  /** Output of a command in it. */
  run(command: string, args: readonly string[], input?: string): Promise<string>
}

/** The bridge, and this machine's routes to pods. */
export async function makeBridge(): Promise<void> {
  record({ made: 'link', name: BRIDGE.name })
  await ip(`link add ${BRIDGE.name} type bridge`)
  await ip(`addr add ${BRIDGE.address}/24 dev ${BRIDGE.name}`)
  await ip(`link set ${BRIDGE.name} up`)
  for (const { to, via } of podRoutes({ name: 'this', address: BRIDGE.address })) {
    record({ made: 'route', to })
    await ip(`route replace ${to} via ${via}`)
  }
}

/** @param pause binary that its first process is */
export async function startMachine(machine: Machine, pause: string): Promise<Running> {
  const { name, address } = machine
  const folder = join(FOLDER, name)
  mkdirSync(folder, { recursive: true })
  await makeNamespace(name)
  const link = linkOf(machine)
  record({ made: 'link', name: link })
  await ip(`link add ${link} type veth peer name eth0 netns ${name}`)
  await ip(`link set ${link} master ${BRIDGE.name} up`)
  await ip(`-n ${name} addr add ${address}/24 dev eth0`)
  await ip(`-n ${name} link set eth0 up`)
  await ip(`-n ${name} route add default via ${BRIDGE.address}`)
  for (const { to, via } of podRoutes(machine)) await ip(`-n ${name} route add ${to} via ${via}`)
  return running(machine, await boot(name, folder, pause))
}

/** Starts a machine again whose first process has died: its network was left as it was. */
export async function bootAgain(machine: Machine, pause: string): Promise<Running> {
  return running(machine, await boot(machine.name, join(FOLDER, machine.name), pause))
}

/** A machine that was started before, by another process perhaps. @throws Error when it is not there */
export function attach(machine: Machine): Running {
  const parent = recorded().findLast(thing => thing.made === 'process' && thing.name === machine.name)
  const first = parent?.made === 'process' && startOf(parent.pid) === parent.start ? childOf(parent.pid) : null
  if (first === null) throw new Error(`${machine.name} is not running: make cluster starts it`)
  return running(machine, first)
}

/** @param first pid of its first process */
function running(machine: Machine, first: number): Running {
  const { name } = machine
  const folder = join(FOLDER, name)
  const enter = ['--target', String(first), '--mount', '--pid', `--net=/run/netns/${name}`, '--']
  return {
    machine,
    folder,
    daemon: (what, command, args) =>
      daemon(`${name}/${what}`, 'nsenter', [...enter, command, ...args], join(folder, `${what}.log`)),
    run: (command, args, input) => run('nsenter', [...enter, command, ...args], input),
  }
}

export async function makeNamespace(name: string): Promise<void> {
  record({ made: 'namespace', name })
  await ip(`netns add ${name}`)
  await ip(`-n ${name} link set lo up`)
}

/**
 * Sets up its mounts and goes to sleep. Folders that programs insist on are its own, so that two machines do not meet in them; nothing that is
 * mounted later is seen outside, and all of it goes with the first process. /sys stays this machine's, for the cgroups.
 */
const BOOT = `
set -e
mount --make-rprivate /
for d in /run /var/log /var/lib/cni; do [ -d $d ] && mount -t tmpfs -o mode=755 tmpfs $d; done
mkdir -p /run/netns /run/lock
[ -d /var/lib/kubelet ] && mkdir -p "$1/kubelet" && mount --bind "$1/kubelet" /var/lib/kubelet
mount --make-rshared /
exec "$2"
`

/** @returns the pid of its first process, as seen from here */
async function boot(name: string, folder: string, pause: string): Promise<number> {
  const script = join(folder, 'boot.sh')
  writeFileSync(script, BOOT)
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const args = [`--net=/run/netns/${name}`, '--', ...unshare, 'sh', script, folder, pause]
  const parent = daemon(name, 'nsenter', args, join(folder, 'boot.log'))
  for (let waited = 0; waited < 5000; waited += 20) {
    const child = childOf(parent)
    if (child !== null && (await commandOf(child)) === pause) return child
    await sleep(20)
  }
  throw new Error(`${name} did not start: see ${folder}/boot.log`)
}

async function commandOf(pid: number): Promise<string> {
  const line = await run('cat', [`/proc/${pid}/cmdline`]).catch(() => '')
  return line.split('\0')[0] ?? ''
}

/** Where phones are: a link to the edge, and no way anywhere else. */
export async function makeOutside(edge: Machine): Promise<void> {
  await makeNamespace(OUTSIDE.name)
  await ip(`link add pub0 netns ${edge.name} type veth peer name eth0 netns ${OUTSIDE.name}`)
  await ip(`-n ${edge.name} addr add ${OUTSIDE.edge}/24 dev pub0`)
  await ip(`-n ${edge.name} link set pub0 up`)
  await ip(`-n ${OUTSIDE.name} addr add ${OUTSIDE.caller}/24 dev eth0`)
  await ip(`-n ${OUTSIDE.name} link set eth0 up`)
}
