/** Prompts: a clip plays without a session; a text is spoken by it. */
import { playClip } from './command.ts'
import { addItem } from './items.ts'
import type { PromptPolicy } from './policy.ts'
import { span } from './record.ts'
import { ask } from './responses.ts'
import type { Step } from './state.ts'

/** Ships with Switchboard: "We are sorry, we cannot help you right now." */
export const APOLOGY = 'builtin:apology'

/** Ships with Switchboard: "I have to transfer you now." */
export const PUT_THROUGH = 'builtin:transfer'

/** Ships with Switchboard: two soft notes. */
export const WAITING = 'builtin:waiting'

/** Whether it can be said at all: what must be said word by word is not left to a session. */
export const sayable = (prompt: PromptPolicy): boolean => prompt.clip !== undefined || prompt.verbatim !== true

/** Speaks a prompt as `key`: the name in record and trace, and the item of a clip. */
export function speak(s: Step, key: string, prompt: PromptPolicy): void {
  if (prompt.clip !== undefined) return speakClip(s, key, prompt.clip, prompt.interruptible)
  if (prompt.text === undefined || !sayable(prompt)) return
  span(s, 'prompt', key, { kind: 'text' })
  ask(s, { why: 'say', say: prompt.text, prompt: key, interruptible: prompt.interruptible })
}

export function speakClip(s: Step, key: string, clip: string, interruptible: boolean): void {
  if (!playClip(s, key, clip)) return
  span(s, 'prompt', key, { kind: 'clip', clip })
  addItem(s, {
    id: key,
    kind: 'clip',
    session: 0,
    response: '',
    prompt: key,
    interruptible,
    startedAt: s.now,
    audibleAt: null,
    done: true,
    dry: null,
    cut: false,
  })
}
