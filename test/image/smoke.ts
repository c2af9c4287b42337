/** Starts what was built, as a user would, and has a caller talk to it: a bundle that only looks whole fails here. */
import type { Report } from '#test/harness/report.ts'
import { type Child, freePort, sleep } from '#test/phones/process.ts'

const NUMBER = '+14155550100'
const RTP_PORTS = '40200-40400'
const READY_MS = 20_000
const STEP_MS = 30_000

export interface Target {
  /** Starts `switchboard` with these arguments; all of a target see one ledger (SWITCHBOARD_DB). */
  launch(args: readonly string[]): Child
  /** Tells it to stop, as Kubernetes would. */
  terminate(child: Child): void
  /** Where it finds `examples/first-call`. */
  readonly example: string
}

export async function smoke(report: Report, target: Target): Promise<void> {
  const run = async (name: string, args: readonly string[], says: RegExp): Promise<void> => {
    const child = target.launch(args)
    const code = await exitOf(child, STEP_MS)
    const said = says.exec(child.output())?.[0]
    report.check(name, code === 0 && said !== undefined, said ?? tail(child, code))
  }

  const help = target.launch(['--help'])
  const code = await exitOf(help, STEP_MS)
  const commands = [...help.output().matchAll(/^ {2}(?<name>[a-z][a-z-]+) {2,}/gm)].map(m => m.groups?.['name'] ?? '')
  report.check('--help', code === 0 && commands.length > 3, code === 0 ? commands.join(', ') : tail(help, code))
  // each command is a chunk of its own
  for (const name of commands) await run(`${name} --help`, [name, '--help'], new RegExp(`Usage: switchboard ${name}`))
  await run('validate -f examples/first-call', ['validate', '-f', target.example], /.*no problems/)

  await served(report, target, 'simulate realtime', port => ({
    args: ['simulate', 'realtime', '--port', String(port)],
    url: `http://127.0.0.1:${port}/_sim`,
  }))
  const sip = await freePort()
  const ports = ['--sip-host', '127.0.0.1', '--sip-port', String(sip), '--rtp-ports', RTP_PORTS, '--slots', '2']
  await served(report, target, 'worker', port => ({
    args: ['worker', ...ports, '--http-port', String(port)],
    url: `http://127.0.0.1:${port}/healthz`,
  }))
  await served(
    report,
    target,
    'run --simulate',
    port => ({
      args: ['run', '-f', target.example, '--simulate', ...ports, '--http-port', String(port)],
      url: `http://127.0.0.1:${port}/readyz`,
    }),
    async () => {
      await run(
        'a caller is answered',
        ['call', `sip:${NUMBER}@127.0.0.1:${sip}`, '--say', 'ask'],
        /the call went as it should/,
      )
      await run('the call is in the ledger', ['calls'], /acme\/reception.*/)
    },
  )
}

/** Starts what goes on until it is told to stop, waits until it answers, uses it, and stops it as Kubernetes would. */
async function served(
  report: Report,
  target: Target,
  name: string,
  how: (port: number) => { readonly args: readonly string[]; readonly url: string },
  use: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { args, url } = how(await freePort())
  const began = performance.now()
  const child = target.launch(args)
  const up = await answers(url, child)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  report.check(`${name} answers at ${new URL(url).pathname}`, up, up ? `${seconds} s` : tail(child, null))
  if (up) await use()
  target.terminate(child)
  const ended = await exitOf(child, STEP_MS)
  report.check(`SIGTERM ends ${name} with 0`, ended === 0, ended === 0 ? 'exit 0' : tail(child, ended))
}

async function answers(url: string, child: Child): Promise<boolean> {
  const gone = child.exited.then(() => true)
  for (const end = performance.now() + READY_MS; performance.now() < end; ) {
    const response = await fetch(url).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok === true) return true
    if (await Promise.race([gone, sleep(50).then(() => false)])) break
  }
  return false
}

/** null: it had to be killed. */
async function exitOf(child: Child, ms: number): Promise<number | null> {
  const code = await Promise.race([child.exited, sleep(ms).then(() => null)])
  if (code === null) await child.stop(1000)
  return code
}

function tail(child: Child, code: number | null): string {
  return `exit ${code ?? 'none in time'}: ${child.output().trim().slice(-1500)}`
}
