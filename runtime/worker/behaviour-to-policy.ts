/** From an agent's behaviour, in the words of the API, to what machine and session are told, with units resolved. */
import type { Behaviour, FinalAction, ResolvedPrompt } from '#crds/behaviour.ts'
import { durationMs } from '#crds/duration.ts'
import { type Candidate, candidatesOf } from '#crds/models.ts'
import type { CallPolicy, FinalActionPolicy, PromptPolicy } from '#runtime/call/policy.ts'
import type { SessionConfig } from '#runtime/call/ports.ts'
import type { AudioFormat } from '#runtime/media/format.ts'

/** Of a session's words, what a reopened one is told: enough for the thread of a long call, far below any model's context. */
const HISTORY = { maxTurns: 60, maxChars: 24_000 } as const

/** A drain that no agent's declaration covers still says goodbye. */
const DRAIN_END: FinalActionPolicy = {
  say: { clip: 'builtin:goodbye', interruptible: false },
  then: { hangUp: true },
}

export function policyOf(behaviour: Behaviour, drainEnd?: FinalAction): CallPolicy {
  const { greeting, deadAir, silence, limits, unavailable, callControl, dtmf, bargeIn } = behaviour
  const endCall = callControl?.endCall
  return {
    models: candidatesOf(behaviour.model).map(({ name, provider, model }) => ({ name, provider, model })),
    readyWithinMs: durationMs(behaviour.model.timeouts.ready),
    ...(greeting && { greeting: promptOf(greeting) }),
    responses: behaviour.model.responses === 'Switchboard' ? 'switchboard' : 'provider',
    bargeIn: { enabled: bargeIn.enabled, minSpeechMs: durationMs(bargeIn.minSpeech) },
    answerWithinMs: durationMs(unavailable.after),
    unavailable: finalOf(unavailable),
    deadAir: { afterMs: durationMs(deadAir.after), then: finalOf(deadAir.then) },
    silence: {
      afterMs: durationMs(silence.after),
      prompts: silence.prompts.map(promptOf),
      then: finalOf(silence.then),
    },
    limits: {
      maxMs: durationMs(limits.call.max),
      maxThen: finalOf(limits.call.then),
      holdMs: durationMs(limits.hold.max),
      mediaLostMs: durationMs(limits.mediaLost),
    },
    dtmf: {
      enabled: dtmf.enabled,
      gapMs: durationMs(dtmf.gap),
      terminator: dtmf.terminator === '' ? null : dtmf.terminator,
    },
    tools: (behaviour.tools ?? []).map(tool => ({
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters,
      effect: tool.effect,
      timeoutMs: durationMs(tool.http.timeout),
    })),
    endCall: { enabled: endCall !== undefined, goodbyeMs: endCall ? durationMs(endCall.goodbye) : 0 },
    history: HISTORY,
    drainEnd: drainEnd ? finalOf(drainEnd) : DRAIN_END,
    transcripts: behaviour.data.transcripts === 'On',
  }
}

/** What a session of this agent is opened with. `endCallTool` comes from the machine, which answers it. */
export function sessionConfigOf(
  behaviour: Behaviour,
  candidate: Candidate,
  format: AudioFormat,
  tools: SessionConfig['tools'],
  metadata: Readonly<Record<string, string>>,
): SessionConfig {
  return {
    model: candidate.model,
    instructions: behaviour.instructions,
    tools,
    format,
    responses: behaviour.model.responses === 'Switchboard' ? 'switchboard' : 'provider',
    bargeIn: behaviour.bargeIn.enabled,
    vendor: candidate.vendor,
    metadata,
  }
}

/** Clips that a behaviour plays, each once. */
export function clipsOf(policy: CallPolicy): string[] {
  const prompts = [
    policy.greeting,
    policy.unavailable.say,
    policy.deadAir.then.say,
    ...policy.silence.prompts,
    policy.silence.then.say,
    policy.limits.maxThen.say,
    policy.drainEnd?.say,
  ]
  return [...new Set(prompts.flatMap(prompt => prompt?.clip ?? []))]
}

function promptOf(prompt: ResolvedPrompt): PromptPolicy {
  return {
    ...(prompt.clip !== undefined && { clip: prompt.clip }),
    ...(prompt.text !== undefined && { text: prompt.text }),
    interruptible: prompt.interruptible,
  }
}

export function finalOf(action: { say?: ResolvedPrompt | undefined; then: FinalAction['then'] }): FinalActionPolicy {
  return {
    ...(action.say && { say: promptOf(action.say) }),
    then: action.then.reject === undefined ? { hangUp: true } : { reject: action.then.reject },
  }
}
