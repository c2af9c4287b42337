/** What we answer Twilio with: TwiML, as text. Pure. */

export interface StreamTwiml {
  /** `wss://…`; Twilio passes no query string on. */
  readonly url: string
  readonly statusCallback: string
}

/** Nothing stands behind the stream: when its socket closes, the call is over. */
export function connectTo({ url, statusCallback }: StreamTwiml): string {
  return response(`<Connect><Stream url="${escaped(url)}" statusCallback="${escaped(statusCallback)}"/></Connect>`)
}

export interface DialTwiml {
  /** E.164. */
  readonly number: string
  readonly callerId: string
  readonly ringS: number
  /** Of a country, as the carrier names it; absent: the carrier's own choice. */
  readonly ringTone?: string
  /** What is asked when it is over. */
  readonly action: string
  /** What is told how the phone is. */
  readonly statusCallback: string
}

/** The carrier calls there, and joins the two. */
export function dialTo({ number, callerId, ringS, ringTone, action, statusCallback }: DialTwiml): string {
  const tone = ringTone === undefined ? '' : ` ringTone="${escaped(ringTone)}"`
  const dial = `action="${escaped(action)}" method="POST" timeout="${ringS}" callerId="${escaped(callerId)}"${tone}`
  const events = `statusCallback="${escaped(statusCallback)}" statusCallbackEvent="ringing answered" statusCallbackMethod="POST"`
  return response(`<Dial ${dial}><Number ${events}>${escaped(number)}</Number></Dial>`)
}

export function hangup(): string {
  return response('<Hangup/>')
}

/** Last words by the carrier's own voice, or a recording, and the end. */
export function lastWords(words: { readonly say: string } | { readonly play: string }): string {
  const verb = 'say' in words ? `<Say>${escaped(words.say)}</Say>` : `<Play>${escaped(words.play)}</Play>`
  return response(`${verb}<Hangup/>`)
}

/** The call is not answered, and costs nothing. */
export function reject(busy: boolean): string {
  return response(`<Reject reason="${busy ? 'busy' : 'rejected'}"/>`)
}

/** Nothing to do. */
export const NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

function response(verbs: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Control characters have no place in XML 1.0, escaped or not. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"']/g, c => NAMED[c] ?? c)
}
