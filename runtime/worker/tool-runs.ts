/** The tools a call has running: each ends by its result, by being cancelled, or with the call. */
import type { CallEffect } from '#runtime/call/effects.ts'
import type { CallEvent } from '#runtime/call/events.ts'
import type { Ms } from '#runtime/media/format.ts'

export type ToolRequest = Omit<Extract<CallEffect, { do: 'tool' }>, 'do'>

export interface ToolOutcome {
  readonly ok: boolean
  /** For the model. */
  readonly output: string
  readonly code?: string
  readonly display?: string
}

/** Runs one tool. Never rejects for what a tool does; `timeoutMs` is what is left of its time. */
export type ToolRunner = (request: ToolRequest, timeoutMs: Ms, signal: AbortSignal) => Promise<ToolOutcome>

export class ToolRuns {
  readonly #run: ToolRunner
  readonly #now: () => Ms
  readonly #emit: (event: CallEvent) => void
  /** By the call's own ids; the machine bounds how many it starts. */
  readonly #running = new Map<string, AbortController>()

  constructor(run: ToolRunner, now: () => Ms, emit: (event: CallEvent) => void) {
    this.#run = run
    this.#now = now
    this.#emit = emit
  }

  get running(): number {
    return this.#running.size
  }

  run(request: ToolRequest): void {
    const controller = new AbortController()
    this.#running.set(request.id, controller)
    const done = (outcome: ToolOutcome): void => {
      if (this.#running.get(request.id) !== controller) return
      this.#running.delete(request.id)
      this.#emit({ type: 'tool', id: request.id, ...outcome })
    }
    const left = Math.max(0, request.deadline - this.#now())
    // the promise chain also catches what a runner throws before its first await
    Promise.resolve()
      .then(() => this.#run(request, left, controller.signal))
      .then(done, (error: unknown) =>
        done({
          ok: false,
          output: 'The tool failed.',
          code: (error as { code?: string } | null)?.code ?? 'SB_TOOL_FAULT',
        }),
      )
  }

  /** Its result is not wanted any more. */
  cancel(id: string): void {
    const controller = this.#running.get(id)
    this.#running.delete(id)
    controller?.abort()
  }

  close(): void {
    for (const id of this.#running.keys()) this.cancel(id)
  }
}
