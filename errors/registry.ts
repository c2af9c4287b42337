/**
 * The one place where errors are made. Each area keeps an `errors.ts` that registers its codes here; a code is used in throws,
 * logs, conditions, events, SIP reasons and docs alike, so it must be unique over the whole product and never change its meaning.
 */

/** What an area says of one error. `help` tells the reader what to do about it, in one sentence. */
export interface ErrorDefinition {
  /** Stable code, `SB_<AREA>_<WHAT>`. */
  readonly code: string
  /** Message template; `%s` is replaced by the arguments in order. Never put a secret or caller content into an argument. */
  readonly message: string
  readonly help: string
}

const BRAND = Symbol.for('switchboard.error')
const registry = new Map<string, ErrorDefinition>()

/** An error with a code from the registry. Recognised over duplicated packages by symbol, not by class identity. */
export class SwitchboardError extends Error {
  readonly code: string
  readonly help: string
  readonly [BRAND] = true

  constructor(definition: ErrorDefinition, args: readonly (string | number)[], options?: ErrorOptions) {
    let next = 0
    super(
      definition.message.replaceAll('%s', () => String(args[next++] ?? '')),
      options,
    )
    this.name = 'SwitchboardError'
    this.code = definition.code
    this.help = definition.help
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}

/** Makes a {@link SwitchboardError} of one code; the last argument may be `{ cause }`. */
export type ErrorFactory = ErrorDefinition & ((...args: (string | number | ErrorOptions)[]) => SwitchboardError)

/**
 * Registers an error.
 * @throws Error when the code is malformed or already taken: a programming mistake, found at import.
 */
export function defineError(code: string, message: string, help: string): ErrorFactory {
  if (!/^SB_[A-Z0-9]+(_[A-Z0-9]+)+$/.test(code))
    throw new Error(`error code ${code} is not of the form SB_<AREA>_<WHAT>`)
  if (registry.has(code)) throw new Error(`error code ${code} is registered twice`)
  const definition: ErrorDefinition = { code, message, help }
  registry.set(code, definition)
  const make = (...args: (string | number | ErrorOptions)[]): SwitchboardError => {
    const last = args.at(-1)
    const options = typeof last === 'object' ? last : undefined
    const words = args.filter(a => typeof a !== 'object')
    return new SwitchboardError(definition, words, options)
  }
  return Object.assign(make, definition)
}

/** All registered errors by code: the source of docs/errors.md. */
export function registeredErrors(): readonly ErrorDefinition[] {
  return [...registry.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}
