/** The processes of the bench that are not Kubernetes: all workers in one, and the operator. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { leash } from '#test/apiserver/leash.ts'
import { freePort } from '#test/apiserver/ports.ts'
import { type Stage, SYSTEM } from './stage.ts'

export interface Workers {
  /** Load streams that are open, and revisions that were given, so far. */
  counts(): Promise<{ readonly streams: number; readonly puts: number }>
  close(): void
}

/** @throws Error when somebody has their port */
export async function startWorkers(): Promise<Workers> {
  const child = fork(new URL('./workers.ts', import.meta.url), { execArgv: [] })
  const { error } = await heard<{ error?: string }>(child)
  if (error !== undefined)
    throw new Error(`the workers of the bench need port 8080 of every address of 127.0.0.0/8: ${error}`)
  return {
    counts: () => {
      child.send({})
      return heard(child)
    },
    close: () => child.kill('SIGKILL'),
  }
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

export interface OperatorProcess {
  readonly pid: number
  /** Waits until it leads. */
  leads(ms: number): Promise<void>
  /** A figure of its own metrics, over all attributes that match; 0 while it has none. */
  figure(name: RegExp): Promise<number>
  /** As when its pod is deleted. */
  stop(): Promise<void>
}

/** @param bundle folder of the bundle, as in the image @param flags of Node, for a profile */
export async function startOperator(
  stage: Stage,
  bundle: string,
  qps: number,
  flags: readonly string[] = [],
): Promise<OperatorProcess> {
  const port = await freePort()
  const env = [`KUBECONFIG=${stage.operatorKubeconfig}`, `POD_NAMESPACE=${SYSTEM}`, 'NODE_ENV=production']
  // As its starter in the image has them.
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--max-semi-space-size=8', ...flags]
  const here = ['--http-host', '127.0.0.1', '--http-port', String(port)]
  const order = ['operator', '--image', 'localhost/switchboard:bench', '--qps', String(qps), ...here]
  const child = await leash('env', [...env, ...node, join(bundle, 'switchboard.mjs'), ...order], {
    log: join(stage.folder, 'operator.log'),
  })
  const metrics = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null)
    return answer === null ? '' : answer.text()
  }
  const figure = async (name: RegExp): Promise<number> =>
    (await metrics())
      .split('\n')
      .filter(line => name.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  return {
    pid: child.pid,
    figure,
    leads: async ms => {
      for (const until = performance.now() + ms; performance.now() < until; await sleep(50))
        if ((await figure(/^switchboard_operator_leading/)) === 1) return
      throw new Error(`the operator does not lead after ${ms / 1000} s: see ${stage.folder}/operator.log`)
    },
    stop: async () => {
      child.signal('SIGTERM')
      await child.exited
    },
  }
}
