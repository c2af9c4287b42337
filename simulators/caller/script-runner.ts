/** Carries a caller's script out: looks at the call every 20 ms and says what to do. No I/O, no clock of its own. */
import type { Ms } from '#runtime/media/format.ts'
import type { Step } from './script.ts'

/** The call at one moment. */
export interface World {
  readonly now: Ms
  /** When the agent began to speak; null: it is silent. */
  readonly agentSince: Ms | null
  /** Its last loud sample; null: it was never heard. */
  readonly agentLastAt: Ms | null
  /** It is heard right now. */
  readonly agentAudible: boolean
  /** We speak or press keys. */
  readonly busy: boolean
  readonly ended: 'local' | 'remote' | null
  /** Whether these words of the agent, or this clip of it, were heard between the two; null: that is not known yet. */
  hears(what: string, since: Ms, until: Ms): boolean | null
}

export type Act =
  | { readonly do: 'say'; readonly what: string }
  | { readonly do: 'press'; readonly digits: string; readonly toneMs: Ms; readonly gapMs: Ms }
  | { readonly do: 'hold'; readonly held: boolean }
  | { readonly do: 'hangUp' }
  /** A step came to its end, or did not in time. */
  | { readonly do: 'expected'; readonly ok: boolean; readonly what: string; readonly seen: string }

export class ScriptRunner {
  readonly #steps: readonly Step[]
  #index = 0
  #phase = 0
  #beganAt: Ms | null = null
  #anchor: Ms = 0
  #done = false

  constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** All steps were carried out. */
  get done(): boolean {
    return this.#done
  }

  next(world: World, acts: Act[]): void {
    for (let turns = 0; turns <= this.#steps.length && !this.#done; turns++) {
      const step = this.#steps[this.#index]
      if (step === undefined) {
        this.#done = true
        if (world.ended === null) acts.push({ do: 'hangUp' })
        return
      }
      this.#beganAt ??= world.now
      if (!this.#take(step, world, acts)) return
      this.#index++
      this.#phase = 0
      this.#beganAt = null
    }
  }

  /** The call is over: what was still expected is failed, or met. */
  ended(world: World, acts: Act[]): void {
    const left = this.#steps.slice(this.#index).filter(step => typeof step === 'object' && isDeed(step))
    if (!this.#done && left.length > 0)
      acts.push(
        verdict(false, `the script is carried out (${left.length} ${left.length > 1 ? 'steps' : 'step'} left)`, world),
      )
    for (; this.#index < this.#steps.length && !this.#done; this.#index++) {
      const step = this.#steps[this.#index] as Step
      if (typeof step !== 'object') continue
      if ('expect' in step && 'ended' in step.expect)
        acts.push(verdict(world.ended === step.expect.ended, `the call ended by ${step.expect.ended}`, world))
      else if ('expect' in step) acts.push(verdict(false, JSON.stringify(step.expect), world))
    }
    this.#done = true
  }

  /** True: the step is over. */
  #take(step: Step, world: World, acts: Act[]): boolean {
    const began = this.#beganAt ?? world.now
    if (step === 'hangUp' || (typeof step === 'object' && 'hangUp' in step)) {
      acts.push({ do: 'hangUp' })
      this.#done = true
      return false
    }
    if (step === 'listen') return this.#listen(700, 10_000, world, acts)
    if ('say' in step) return this.#once(acts, { do: 'say', what: step.say }) && !world.busy
    if ('keys' in step) {
      const { press, tone, gap } = typeof step.keys === 'string' ? { press: step.keys, tone: 100, gap: 70 } : step.keys
      return this.#once(acts, { do: 'press', digits: press, toneMs: tone, gapMs: gap }) && !world.busy
    }
    if ('listen' in step) {
      const { silent, within } = typeof step.listen === 'number' ? { silent: step.listen, within: 10_000 } : step.listen
      return this.#listen(silent, within, world, acts)
    }
    if ('hold' in step) {
      this.#once(acts, { do: 'hold', held: true })
      if (world.now - began < step.hold) return false
      acts.push({ do: 'hold', held: false })
      return true
    }
    if ('interrupt' in step) return this.#interrupt(step.interrupt, world, acts)
    if ('expect' in step) return this.#expect(step.expect, world, acts)
    if (typeof step.wait === 'number') return world.now - began >= step.wait
    const { within } = step.wait
    const met =
      'ended' in step.wait
        ? world.ended !== null
        : step.wait.agent === 'speaks'
          ? world.agentSince !== null
          : silentFor(world, began) >= step.wait.for
    return met || this.#late(within, world, acts, 'ended' in step.wait ? 'the call ended' : `agent ${step.wait.agent}`)
  }

  /** Acts when the step begins; true from the next look on. */
  #once(acts: Act[], act: Act): boolean {
    if (this.#phase > 0) return true
    this.#phase = 1
    acts.push(act)
    return false
  }

  #listen(silent: Ms, within: Ms, world: World, acts: Act[]): boolean {
    const began = this.#beganAt ?? world.now
    if (this.#phase === 0) {
      const heard = world.agentSince !== null || (world.agentLastAt !== null && world.agentLastAt > began)
      if (!heard) return this.#late(within, world, acts, 'agent speaks')
      this.#phase = 1
    }
    return silentFor(world, began) >= silent
  }

  #interrupt(how: { after: Ms; say: string; within: Ms }, world: World, acts: Act[]): boolean {
    if (this.#phase === 0) {
      if (!world.agentAudible) return this.#late(how.within, world, acts, 'agent speaks')
      // what it was saying when the step began counts from its own beginning
      this.#anchor = this.#beganAt === world.now ? (world.agentSince ?? world.now) : world.now
      this.#phase = 1
    }
    if (this.#phase === 1) {
      if (world.now < this.#anchor + how.after || !world.agentAudible)
        return this.#late(how.within + how.after, world, acts, 'an agent to interrupt')
      this.#phase = 2
      acts.push({ do: 'say', what: how.say })
      return false
    }
    return !world.busy
  }

  #expect(what: Extract<Step, { expect: unknown }>['expect'], world: World, acts: Act[]): boolean {
    const began = this.#beganAt ?? world.now
    const [met, text] =
      'hears' in what
        ? [world.hears(what.hears, began, began + what.within), `the agent says “${what.hears}”`]
        : 'ended' in what
          ? [world.ended === what.ended, `the call ended by ${what.ended}`]
          : what.agent === 'speaks'
            ? [world.agentSince !== null, 'the agent speaks']
            : [silentFor(world, began) >= what.for, `the agent is silent for ${what.for} ms`]
    const over = met === true || (met === false && world.now - began >= what.within)
    if (over) acts.push(verdict(met, text, world))
    return over
  }

  /** A wait that was in vain: it counts as failed, and the script goes on. */
  #late(within: Ms, world: World, acts: Act[], what: string): boolean {
    if (world.now - (this.#beganAt ?? world.now) < within) return false
    acts.push(verdict(false, `${what} within ${within} ms`, world))
    return true
  }
}

/** Something we had to do, as against something to wait for. */
function isDeed(step: Exclude<Step, string>): boolean {
  return 'say' in step || 'interrupt' in step || 'keys' in step || 'hold' in step
}

function silentFor(world: World, began: Ms): Ms {
  return world.now - (world.agentLastAt ?? began)
}

function verdict(ok: boolean, what: string, world: World): Act {
  const seen = world.ended
    ? `the call ended by ${world.ended}`
    : world.agentSince !== null
      ? 'the agent speaks'
      : world.agentLastAt === null
        ? 'the agent was never heard'
        : `the agent has been silent for ${Math.round(world.now - world.agentLastAt)} ms`
  return { do: 'expected', ok, what, seen }
}
