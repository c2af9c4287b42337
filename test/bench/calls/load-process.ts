import { type ChildProcess, fork } from 'node:child_process'
import type { FromLoad, ToLoad } from './protocol.ts'

/** The load process, spoken to in turns: one request, one answer. */
export class LoadProcess {
  readonly #child: ChildProcess
  readonly pid: number

  constructor() {
    this.#child = fork(new URL('./load.ts', import.meta.url), { execArgv: [] })
    this.pid = this.#child.pid ?? -1
  }

  ask<K extends FromLoad['is']>(message: ToLoad, answer: K, withinMs = 120_000): Promise<Extract<FromLoad, { is: K }>> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#child.off('message', hear)
        this.#child.off('exit', died)
      }
      const timer = setTimeout(() => {
        done()
        reject(new Error(`the load process did not answer "${message.do}" in ${withinMs} ms`))
      }, withinMs)
      const died = (): void => {
        done()
        reject(new Error('the load process died'))
      }
      const hear = (said: unknown): void => {
        const heard = said as FromLoad
        if (heard.is !== answer) return
        done()
        resolve(heard as Extract<FromLoad, { is: K }>)
      }
      this.#child.on('message', hear)
      this.#child.on('exit', died)
      this.#child.send(message)
    })
  }

  stop(): void {
    this.#child.removeAllListeners()
    this.#child.kill('SIGKILL')
  }
}
