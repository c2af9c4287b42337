/** From an agent's behaviour, in the words of the API, to what machine and session are told, with units resolved. */
import type { Behaviour, FinalAction, ResolvedPrompt } from '#crds/behaviour.ts'
import { durationMs } from '#crds/duration.ts'
import { type Candidate, candidatesOf } from '#crds/models.ts'
import type {
  AfterTransfer,
  CallPolicy,
  DestinationPolicy,
  DisclosurePolicy,
  FinalActionPolicy,
  HumanPolicy,
  PromptPolicy,
} from '#runtime/call/policy.ts'
import type { SessionConfig } from '#runtime/call/ports.ts'
import type { AudioFormat } from '#runtime/media/format.ts'

type Disclosure = NonNullable<Behaviour['disclosures']>[number]
type Human = NonNullable<NonNullable<Behaviour['callControl']>['human']>

/** Of a session's words, what a reopened one is told: enough for the thread of a long call, far below any model's context. */
const HISTORY = { maxTurns: 60, maxChars: 24_000 } as const

/** A drain that no agent's declaration covers still says goodbye. */
const DRAIN_END: FinalActionPolicy = {
  say: { clip: 'builtin:goodbye', interruptible: false },
  then: { hangUp: true },
}

export function policyOf(behaviour: Behaviour, drainEnd?: FinalAction): CallPolicy {
  const { disclosures, greeting, waiting, deadAir, silence, limits, unavailable, callControl, dtmf, bargeIn } =
    behaviour
  const endCall = callControl?.endCall
  const http = behaviour.context?.http
  return {
    models: candidatesOf(behaviour.model).map(({ name, provider, model }) => ({ name, provider, model })),
    readyWithinMs: durationMs(behaviour.model.timeouts.ready),
    ...(http && { context: { withinMs: durationMs(http.timeout), refuse: http.onFailure === 'Refuse' } }),
    ...(disclosures && { disclosures: disclosures.map(disclosureOf) }),
    ...(greeting && { greeting: promptOf(greeting) }),
    ...(waiting.enabled && {
      waiting: { afterMs: durationMs(waiting.after), everyMs: durationMs(waiting.every), say: promptOf(waiting.say) },
    }),
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
    ...(behaviour.destinations && { destinations: behaviour.destinations.map(destinationOf) }),
    ...(callControl?.transfer && { transfer: callControl.transfer }),
    ...(callControl?.human && { human: humanOf(callControl.human) }),
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
  instructions = behaviour.instructions,
): SessionConfig {
  return {
    model: candidate.model,
    instructions,
    tools,
    format,
    responses: behaviour.model.responses === 'Switchboard' ? 'switchboard' : 'provider',
    bargeIn: behaviour.bargeIn.enabled,
    ...(behaviour.callControl?.human && behaviour.callControl.human.phrases.length > 0 && { callerWords: true }),
    vendor: candidate.vendor,
    metadata,
  }
}

/** Clips that a behaviour plays, each once. */
export function clipsOf(policy: CallPolicy): string[] {
  const prompts = [
    ...(policy.disclosures ?? []),
    policy.greeting,
    policy.waiting?.say,
    policy.unavailable.say,
    policy.deadAir.then.say,
    ...policy.silence.prompts,
    policy.silence.then.say,
    policy.limits.maxThen.say,
    policy.drainEnd?.say,
    policy.human?.say,
    ...(policy.destinations ?? []).flatMap(({ say, outcomes }) => [
      say,
      ...Object.values(outcomes).map(each => each.say),
    ]),
  ]
  return [...new Set(prompts.flatMap(prompt => prompt?.clip ?? []))]
}

/** The ways to it are those of a call: see ways-out.ts. */
function destinationOf(destination: NonNullable<Behaviour['destinations']>[number]): DestinationPolicy {
  const { name, description, say, ring, ringback, session, outcomes } = destination
  const after = ({ say: words, then }: (typeof outcomes)['busy']): AfterTransfer => ({
    ...(words && { say: promptOf(words) }),
    hangUp: then.hangUp !== undefined,
  })
  return {
    name,
    ...(description !== undefined && { description }),
    ways: [],
    ...(say && { say: promptOf(say) }),
    ringMs: durationMs(ring),
    ringback: ringback === 'None' ? null : ringback,
    keepSession: session === 'Keep',
    outcomes: {
      busy: after(outcomes.busy),
      noAnswer: after(outcomes.noAnswer),
      failed: after(outcomes.failed),
      ended: after(outcomes.ended),
    },
  }
}

function humanOf({ destination, keys, phrases, say }: Human): HumanPolicy {
  return { destination, keys, phrases, say: promptOf(say) }
}

function promptOf(prompt: ResolvedPrompt): PromptPolicy {
  return {
    ...(prompt.clip !== undefined && { clip: prompt.clip }),
    ...(prompt.text !== undefined && { text: prompt.text }),
    interruptible: prompt.interruptible,
    ...(prompt.verbatim && { verbatim: true }),
  }
}

function disclosureOf({ name, text, clip, onFailure }: Disclosure): DisclosurePolicy {
  return {
    name,
    ...(clip !== undefined && { clip }),
    ...(text !== undefined && { text }),
    required: onFailure === 'Refuse',
  }
}

export function finalOf(action: { say?: ResolvedPrompt | undefined; then: FinalAction['then'] }): FinalActionPolicy {
  return {
    ...(action.say && { say: promptOf(action.say) }),
    then: action.then.reject === undefined ? { hangUp: true } : { reject: action.then.reject },
  }
}
