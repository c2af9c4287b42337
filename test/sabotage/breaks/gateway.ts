/** What stands between a carrier and a call: signatures, tokens, marks. */
import type { Break } from '../break.ts'
import { suite, tests } from '../check.ts'

const PARTS = tests('runtime/gateway/gateway-parts.test.ts')
const LEG = tests('runtime/legs/media-stream/stream-leg.test.ts')
const FRAMES = tests('runtime/gateway/text-frames.test.ts')
const PLAYOUT = tests('runtime/media/marked-playout.test.ts')

export const gateway: readonly Break[] = [
  {
    name: 'far-ahead-of-the-caller',
    about:
      'a quarter of a second more lies in the carrier’s buffer, and is heard before whoever interrupts has silence',
    file: 'runtime/legs/media-stream/lead.ts',
    find: 'export const LEAD_MS: Ms = 100',
    replace: 'export const LEAD_MS: Ms = 350',
    caughtBy: suite('conformance', 'media-streams --callers 2 --interruptions 3 --rounds 1'),
    expect: /audio in Twilio’s buffer while it plays|heard of the agent from speech_started on/,
  },
  {
    name: 'signature-skipped',
    about: 'any webhook with a signature is taken, whatever it is',
    file: 'runtime/gateway/twilio-signature.ts',
    find: 'if (same(signatureOf(token, url, request.form), signature)) good = true',
    replace: 'good = true',
    caughtBy: PARTS,
    expect: /another token: no/,
  },
  {
    name: 'webhook-unchecked',
    about: 'the gateway looks at no signature at all',
    file: 'runtime/gateway/signed-webhook.ts',
    find: '  if (!good) {',
    replace: '  if (form === null) {',
    caughtBy: suite('conformance', 'webhooks'),
    expect: /signature|nothing was started/,
  },
  {
    name: 'token-reused',
    about: 'a media URL is good as often as it is used',
    file: 'runtime/gateway/pending-calls.ts',
    find: "if (call.phase !== 'asked') return { ok: false, why: 'used' }",
    replace: '',
    caughtBy: PARTS,
    expect: /a socket comes once/,
  },
  {
    name: 'media-url-for-ever',
    about: 'a media URL never gets too old',
    file: 'runtime/gateway/media-token.ts',
    find: 'return now >= expiresAt ? null : { trunk, nonce, expiresAt }',
    replace: 'return { trunk, nonce, expiresAt }',
    caughtBy: PARTS,
    expect: /is good for its trunk/,
  },
  {
    name: 'marks-ignored',
    about: 'what was sent to the carrier counts as heard',
    file: 'runtime/media/marked-playout.ts',
    find: 'ms: Math.max(0, heard.ms - Math.ceil(msOf(this.#format, unheard)))',
    replace: 'ms: heard.ms',
    caughtBy: PLAYOUT,
    expect: /is heard when the mark behind it comes back|never more is heard/,
  },
  {
    name: 'dropped-counts-as-heard',
    about: 'marks that come back because audio was dropped count for what came after it',
    file: 'runtime/media/marked-playout.ts',
    find: 'if (first === undefined || first.mark === null || first.mark > mark) return false',
    replace: 'if (first === undefined) return false\n    mark = Math.max(mark, first.mark ?? 0)',
    caughtBy: PLAYOUT,
    expect: /confirms nothing, of what came after it neither|never more is heard/,
  },
  {
    name: 'carrier-flooded',
    about: 'the model’s audio is sent as fast as it comes',
    file: 'runtime/legs/media-stream/lead.ts',
    find: 'return Math.min(LEAD_MS - ahead, LEAD_MS + this.#roundTripMs + SLACK_MS - inFlightMs)',
    replace: 'return LEAD_MS + 0 * (ahead + inFlightMs + SLACK_MS)',
    caughtBy: LEG,
    expect: /a pause stops sending|given no more than is under way/,
  },
  {
    name: 'carrier-buffer-kept',
    about: 'an interruption leaves what the carrier holds',
    file: 'runtime/legs/media-stream/stream-media.ts',
    find: 'if (unconfirmed) this.#sink.send(this.#messages.clear())',
    replace: 'if (unconfirmed) this.#messages.clear()',
    caughtBy: LEG,
    expect: /a flush drops what the carrier holds/,
  },
  {
    name: 'frame-length-short',
    about: 'the carrier is told the wrong length of a message over 255 bytes',
    file: 'runtime/gateway/text-frames.ts',
    find: 'frames[at++] = length >> 8',
    replace: 'frames[at++] = 0',
    caughtBy: FRAMES,
    expect: /another WebSocket reads what was written/,
  },
]
