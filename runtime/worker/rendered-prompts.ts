/** Which texts of a policy are rendered ahead of calls, and the policy with the sounds in their place. Pure. */
import { render } from '#crds/variables.ts'
import type { AfterTransfer, CallPolicy, FinalActionPolicy, PromptPolicy } from '#runtime/call/policy.ts'

type Change = <P extends { readonly text?: string; readonly clip?: string }>(prompt: P) => P

/** Last words, disclosures and waiting sounds always; other prompts where they are to be said word by word. */
function changed(policy: CallPolicy, change: Change): CallPolicy {
  const verbatim = (prompt: PromptPolicy): PromptPolicy => (prompt.verbatim === true ? change(prompt) : prompt)
  const after = (outcome: AfterTransfer): AfterTransfer => {
    if (outcome.say === undefined) return outcome
    return { ...outcome, say: outcome.hangUp ? change(outcome.say) : verbatim(outcome.say) }
  }
  const { greeting, disclosures, waiting, silence, deadAir, limits, destinations, human, drainEnd } = policy
  return {
    ...policy,
    ...(disclosures && { disclosures: disclosures.map(change) }),
    ...(greeting && { greeting: verbatim(greeting) }),
    ...(waiting && { waiting: { ...waiting, say: change(waiting.say) } }),
    unavailable: final(policy.unavailable, change),
    deadAir: { ...deadAir, then: final(deadAir.then, change) },
    silence: { ...silence, prompts: silence.prompts.map(verbatim), then: final(silence.then, change) },
    limits: { ...limits, maxThen: final(limits.maxThen, change) },
    ...(destinations && {
      destinations: destinations.map(one => ({
        ...one,
        ...(one.say && { say: verbatim(one.say) }),
        outcomes: {
          busy: after(one.outcomes.busy),
          noAnswer: after(one.outcomes.noAnswer),
          failed: after(one.outcomes.failed),
          ended: after(one.outcomes.ended),
        },
      })),
    }),
    ...(human?.say && { human: { ...human, say: verbatim(human.say) } }),
    ...(drainEnd && { drainEnd: final(drainEnd, change) }),
  }
}

function final(action: FinalActionPolicy, change: Change): FinalActionPolicy {
  return action.say === undefined ? action : { ...action, say: change(action.say) }
}

/** The texts, each once, with every set of values that calls may come with. What holds a value of the call itself is not among them. */
export function textsOf(
  policy: CallPolicy,
  isTemplate: boolean,
  values: readonly Readonly<Record<string, string>>[],
): string[] {
  const texts = new Set<string>()
  const note: Change = prompt => {
    if (prompt.text === undefined || prompt.clip !== undefined) return prompt
    if (!isTemplate) texts.add(prompt.text)
    else
      for (const one of values) {
        const { text, unknown } = render(prompt.text, one)
        if (unknown.length === 0) texts.add(text)
      }
    return prompt
  }
  changed(policy, note)
  return [...texts]
}

const put =
  (clipOf: (text: string) => string | undefined): Change =>
  prompt => {
    const clip = prompt.text === undefined || prompt.clip !== undefined ? undefined : clipOf(prompt.text)
    return clip === undefined ? prompt : { ...prompt, clip }
  }

/** `clipOf`: the sound of a text, where there is one. */
export function withSounds(policy: CallPolicy, clipOf: (text: string) => string | undefined): CallPolicy {
  return changed(policy, put(clipOf))
}

export function finalWithSounds(
  action: FinalActionPolicy,
  clipOf: (text: string) => string | undefined,
): FinalActionPolicy {
  return final(action, put(clipOf))
}
