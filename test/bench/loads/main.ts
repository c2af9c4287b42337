/** Loads: what it costs the operator to follow a fleet, and how long it takes to hear of all of it, at the start and after all was cut. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { cpuMs, rssMiB } from '#test/measure/process-stat.ts'
import { sleep } from '#test/phones/process.ts'

const AIM_S = 60
/** What a Node process with this code takes with nobody to follow, and what each pod adds: a socket, a parser, a line, and V8's slack. */
const AIM_MIB = { bare: 150, perPod: 1 / 16 }
const AIM_CORE = { bare: 0.05, perPod: 0.3 / 10_000 }
const CHANGING = 500
const PATIENCE_MS = 180_000

interface Counts {
  readonly pods: number
  readonly open: number
  readonly changes: number
}

export async function run(report: Report, options: Options): Promise<void> {
  const sizes = (options['pods'] ?? '1000,10000').split(',').map(Number)
  const seconds = Number(options['seconds'] ?? 20)
  report.note(
    'loopback; a line of about 700 bytes every 2 s and pod; tokens signed with Ed25519; pods are raw sockets of one process',
  )
  for (const size of sizes) await follow(report, size, seconds)
}

async function follow(report: Report, size: number, seconds: number): Promise<void> {
  const pods = fork(new URL('./pods.ts', import.meta.url), { execArgv: [] })
  const children = [pods]
  try {
    const { port } = await heard<{ port: number }>(pods)
    const began = performance.now()
    const follower = fork(new URL('./follower.ts', import.meta.url), [String(port), String(size)], { execArgv: [] })
    children.push(follower)
    await heard(follower)
    const knownS = await until(follower, began, counts => counts.open === size)
    report.row({
      name: `${size} pods: all heard of`,
      value: knownS,
      unit: 's',
      aim: `<= ${AIM_S}`,
      ok: knownS <= AIM_S,
    })

    const core = AIM_CORE.bare + AIM_CORE.perPod * size
    const idle = await window(follower, seconds)
    report.row({
      name: `${size} pods: CPU, nothing changes`,
      value: idle.core,
      unit: 'of a core',
      aim: `<= ${core.toFixed(2)}`,
      ok: idle.core <= core,
    })
    report.row({ name: `${size} pods: changes told meanwhile`, value: idle.changes, aim: '0', ok: idle.changes === 0 })
    pods.send({ changing: CHANGING })
    const busy = await window(follower, seconds)
    pods.send({ changing: 0 })
    report.row({
      name: `${size} pods: CPU, ${CHANGING} changes a second`,
      value: busy.core,
      unit: 'of a core',
      ok: true,
    })
    report.row({ name: `${size} pods: changes told a second`, value: busy.changes / seconds, ok: busy.changes > 0 })

    const cutAt = performance.now()
    pods.send({ cut: true })
    await sleep(1000)
    const againS = await until(follower, cutAt, counts => counts.open === size)
    report.row({
      name: `${size} pods: all heard of again after all was cut`,
      value: againS,
      unit: 's',
      aim: `<= ${AIM_S}`,
      ok: againS <= AIM_S,
    })
    const mib = rssMiB(follower.pid ?? -1)
    const most = Math.round(AIM_MIB.bare + AIM_MIB.perPod * size)
    report.row({ name: `${size} pods: resident memory`, value: mib, unit: 'MiB', aim: `<= ${most}`, ok: mib <= most })
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** What it costs and tells in so many seconds. */
async function window(follower: ChildProcess, seconds: number): Promise<{ core: number; changes: number }> {
  const pid = follower.pid ?? -1
  const [before, cpu, began] = [await counts(follower), cpuMs(pid), performance.now()]
  await sleep(seconds * 1000)
  const after = await counts(follower)
  return { core: (cpuMs(pid) - cpu) / (performance.now() - began), changes: after.changes - before.changes }
}

function counts(follower: ChildProcess): Promise<Counts> {
  follower.send({})
  return heard<Counts>(follower)
}

function heard<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`))
    child.once('exit', ended)
    child.once('message', message => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}

/** Seconds since `began` when it is so. */
async function until(follower: ChildProcess, began: number, so: (counts: Counts) => boolean): Promise<number> {
  while (performance.now() - began < PATIENCE_MS) {
    if (so(await counts(follower))) return (performance.now() - began) / 1000
    await sleep(100)
  }
  throw new Error(`not all pods were heard of in ${PATIENCE_MS / 1000} s: ${JSON.stringify(await counts(follower))}`)
}
