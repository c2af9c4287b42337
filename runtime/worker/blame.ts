/**
 * Whose fault an error is that nobody caught: what a call starts (sockets, sessions, tools) remembers its call, so that an error in a
 * callback of it ends that call, and neither the process nor the calls beside it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Blamed {
  fail(error: unknown): void
}

const blamed = new AsyncLocalStorage<Blamed>()

/** Runs `start`; errors of all that it starts, now and later, are `whose`. */
export function blameOn<T>(whose: Blamed, start: () => T): T {
  return blamed.run(whose, start)
}

/** From now on uncaught errors end the call that they belong to; `stray` is told of those that belong to none. Returns what undoes it. */
export function catchUncaught(stray: (error: unknown) => void): () => void {
  const onError = (error: unknown): void => {
    const call = blamed.getStore()
    if (call) call.fail(error)
    else stray(error)
  }
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}
