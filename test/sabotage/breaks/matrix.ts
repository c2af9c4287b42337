/** What only one pair of a way in and a provider does: each is found where those two meet. */
import type { Break } from '../break.ts'
import { suite } from '../check.ts'

export const matrix: readonly Break[] = [
  {
    name: 'heard-told-too-much-in-words',
    about: 'a Gemini agent is told of 200 ms more than its caller heard',
    file: 'runtime/sessions/gemini/commands.ts',
    find: 'const share = (heardMs * SAMPLES_PER_MS) / item.samples',
    replace: 'const share = ((heardMs + 200) * SAMPLES_PER_MS) / item.samples',
    caughtBy: suite('conformance', 'matrix --cell MediaStream/Gemini --column barge-in'),
    expect: /told \d+ ms, and \d+ ms were heard/,
  },
  {
    name: 'stream-keys-not-told',
    about: 'keys that a caller presses over a media stream reach nobody',
    file: 'runtime/legs/media-stream/stream-media.ts',
    find: 'if (KEYS.test(message.digit)) this.#listener.onDigit',
    replace: 'if (!KEYS.test(message.digit)) this.#listener.onDigit',
    caughtBy: suite('conformance', 'matrix --cell MediaStream/OpenAI --column DTMF'),
    expect: /the model was told of keys as nothing/,
  },
  {
    name: 'disclosure-interrupted',
    about: 'a caller who speaks into a disclosure is spared the rest of it',
    file: 'runtime/call/disclosures.ts',
    find: 'return speakClip(s, `${DISCLOSURE}${name}`, clip, false)',
    replace: 'return speakClip(s, `${DISCLOSURE}${name}`, clip, true)',
    caughtBy: suite('conformance', 'matrix --cell Sip/Gemini --column disclosure'),
    expect: /ms of the disclosure were heard/,
  },
]
