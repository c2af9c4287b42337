/** What a tool is to its executor, and what comes of it. */
import type { CallEvent } from '#runtime/call/events.ts'
import type { Ms } from '#runtime/media/format.ts'

/** A declared tool with units resolved and template variables rendered; one object per revision, since compiled schemas hang on it. */
export interface HttpToolDeclaration {
  readonly name: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Read: may be repeated. Write: is sent once, whatever happens. */
  readonly effect: 'Read' | 'Write'
  readonly http: {
    readonly url: string
    readonly method: 'POST' | 'GET'
    readonly timeoutMs: Ms
    readonly headers: readonly { readonly name: string; readonly value: string }[]
  }
}

/** The `tool` event of a call without its id: `output` for the model, `display` for people (record, timeline). */
export type ToolResult = Omit<Extract<CallEvent, { type: 'tool' }>, 'type' | 'id'>
