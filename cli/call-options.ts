/** Flags of `switchboard call` as values. */
import { InvalidArgumentError } from 'commander'
import type { EchoOptions } from '#simulators/caller/echo-path.ts'
import type { StepInput } from '#simulators/caller/script.ts'

/** `500ms`, `20s`, `2m`; a bare number is seconds. */
export function durationFlag(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(value)
  if (!match) throw new InvalidArgumentError('a time such as 500ms, 20s or 2m')
  return Number(match[1]) * (match[2] === 'ms' ? 1 : match[2] === 'm' ? 60_000 : 1000)
}

/** `-20dB@150ms`. */
export function echoFlag(value: string): EchoOptions {
  const match = /^-(\d+(?:\.\d+)?)(?:dB)?(?:@(\d+)(?:ms)?)?$/i.exec(value)
  const delayMs = Number(match?.[2] ?? 150)
  if (!match || delayMs < 20 || delayMs > 2000)
    throw new InvalidArgumentError('a level and a delay of 20 to 2000 ms, such as -20dB@150ms')
  return { db: -Number(match[1]), delayMs }
}

export function percentFlag(value: string): number {
  const percent = Number(value.replace(/%$/, ''))
  if (!(percent >= 0 && percent <= 100)) throw new InvalidArgumentError('a percentage, 0 to 100')
  return percent
}

export function jitterFlag(value: string): number {
  const ms = Number(value.replace(/ms$/, ''))
  if (!(ms >= 0 && ms <= 2000)) throw new InvalidArgumentError('milliseconds, 0 to 2000')
  return ms
}

export function keysFlag(value: string): string {
  if (!/^[0-9*#A-D]{1,32}$/i.test(value)) throw new InvalidArgumentError('keys are 0-9, *, # and A-D')
  return value
}

/** Audio and keys in the order given, an answer listened to after each; then hangs up. Nothing to say: listens. */
export function stepsOf(said: readonly string[], keys: string | undefined, durationMs: number): readonly StepInput[] {
  if (said.length === 0 && keys === undefined) return [{ wait: durationMs }]
  const steps: StepInput[] = ['listen']
  for (const say of said) steps.push({ say }, 'listen')
  if (keys !== undefined) steps.push({ keys }, 'listen')
  return steps
}
