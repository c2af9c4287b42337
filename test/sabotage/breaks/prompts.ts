/** What must be said, by what, and what is kept as proof of it. */
import type { Break } from '../break.ts'
import { suite, tests } from '../check.ts'

const MACHINE = tests('runtime/call/disclosures.test.ts')

export const prompts: readonly Break[] = [
  {
    name: 'disclosure-interruptible',
    about: 'a caller who speaks into a disclosure cuts it',
    file: 'runtime/call/disclosures.ts',
    find: 'return speakClip(s, `${DISCLOSURE}${name}`, clip, false)',
    replace: 'return speakClip(s, `${DISCLOSURE}${name}`, clip, true)',
    caughtBy: MACHINE,
    expect: /are not cut by the caller/,
  },
  {
    name: 'agent-speaks-into-disclosure',
    about: 'the answer that a server makes by itself is heard before all was said',
    file: 'runtime/call/outcomes.ts',
    find: '    call.hushed ||\n',
    replace: '',
    caughtBy: MACHINE,
    expect: /are not cut by the caller/,
  },
  {
    name: 'disclosure-left-out',
    about: 'a call goes on though what must be said cannot be',
    file: 'runtime/call/disclosures.ts',
    find: 'required && clip === undefined)',
    replace: 'required && clip === null)',
    caughtBy: MACHINE,
    expect: /that cannot be said refuse the call/,
  },
  {
    name: 'keys-cut-disclosure',
    about: 'a key for a person skips what must be said first',
    file: 'runtime/call/dtmf.ts',
    find: "if (digits === '' || disclosing(call)) return",
    replace: "if (digits === '') return",
    caughtBy: MACHINE,
    expect: /let keys wait/,
  },
  {
    name: 'verbatim-by-the-model',
    about: 'a verbatim prompt that was not rendered is handed to a model that may change it',
    file: 'runtime/call/prompts.ts',
    find: 'prompt.clip !== undefined || prompt.verbatim !== true',
    replace: 'prompt.clip !== undefined || prompt.text !== undefined',
    caughtBy: MACHINE,
    expect: /of the built-in clip/,
  },
  {
    name: 'waiting-over-words',
    about: 'the agent’s answer waits for the end of a waiting sound',
    file: 'runtime/call/outcomes.ts',
    find: '  endWaiting(s)\n',
    replace: '',
    caughtBy: MACHINE,
    expect: /end where the agent speaks/,
  },
  {
    name: 'sounds-not-kept',
    about: 'every restart renders all texts anew, and has none while the endpoint is down',
    file: 'runtime/speech/sound-cache.ts',
    find: '    await rename(`${path}.new`, path)\n',
    replace: '',
    caughtBy: tests('runtime/speech/speech.test.ts', 'is kept whole'),
    expect: /is kept whole/,
  },
  {
    name: 'rendered-words-not-used',
    about: 'what was rendered is not played: callers hear what ships instead of what is declared',
    file: 'runtime/worker/rendered-prompts.ts',
    find: 'return clip === undefined ? prompt : { ...prompt, clip }',
    replace: 'return clip === null ? { ...prompt, clip } : prompt',
    caughtBy: tests('runtime/worker/prompt-speech.test.ts'),
    expect: /plays what was rendered/,
  },
  {
    name: 'proof-of-what-was-queued',
    about: 'the record says that all of a disclosure was heard, whatever the caller heard',
    file: 'runtime/call/items.ts',
    find: 'recordDisclosure(s, item.prompt.slice(DISCLOSURE.length), heardMs ?? 0, totalMs)',
    replace: 'recordDisclosure(s, item.prompt.slice(DISCLOSURE.length), totalMs, totalMs)',
    caughtBy: suite('conformance', 'prompts'),
    expect: /hung up in the middle/,
  },
]
