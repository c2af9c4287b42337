/** How an error is shown to a person: code, message, what to do. A stack only for what is not one of ours. */
import { SwitchboardError } from '#errors/registry.ts'

export function reportError(error: unknown): void {
  if (error instanceof SwitchboardError) {
    console.error(`error ${error.code}: ${error.message}`)
    console.error(`  ${error.help}`)
    if (error.cause instanceof SwitchboardError)
      console.error(`  because of ${error.cause.code}: ${error.cause.message}`)
    return
  }
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
