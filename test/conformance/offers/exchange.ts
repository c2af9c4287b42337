/** Sends one INVITE as it stands, and when it is answered holds a short call: packets both ways, a key, BYE. */
import { decode } from '#simulators/watermark/decode.ts'
import { sleep } from '#test/phones/process.ts'
import { WireRtp } from '#test/phones/wire-rtp.ts'
import { parseWire, valueOf, valuesOf, type WireMessage, WireSip } from '#test/phones/wire-sip.ts'
import { judgeAnswer, judgeResponse } from './judge-response.ts'
import { fill, type Offer, type Places } from './offer-file.ts'
import { readDescription } from './sdp-lines.ts'

const FINAL_MS = 8000
const TALK_MS = 1600
const KEY_MS = 60
/** Watermarked frames of 20 ms that the phone must have heard: half a second. */
const LEAST_FRAMES = 25

export interface Outcome {
  readonly wrong: readonly string[]
  /** The final answer, and what stood in it by chance. */
  readonly response: WireMessage | null
  readonly places: Places
}

let calls = 0
let pressed = 0

/** Holds the call that an offer asks for. `told`: what models were told as text, in whatever call. */
export async function exchange(
  offer: Offer,
  transport: 'udp' | 'tcp',
  port: number,
  told: () => Promise<string>,
): Promise<Outcome> {
  const [sip, rtp] = [await WireSip.open(transport, port), await WireRtp.open()]
  calls++
  const places: Places = {
    target: `127.0.0.1:${port}`,
    self: `127.0.0.1:${sip.port}`,
    transport: transport === 'udp' ? 'UDP' : 'TCP',
    rtp: rtp.port,
    rtcp: rtp.port + 1,
    branch: `z9hG4bK-o${process.pid}-${calls}`,
    tag: `o${calls}`,
    call: `offer-${process.pid}-${calls}-${sip.port}`,
  }
  try {
    const text = fill(offer.template, places)
    const invite = parseWire(Buffer.from(text, 'utf8').toString('latin1'))
    sip.send(text)
    const response = await sip.wait('final answer', m => m.status >= 200 && m.method === 'INVITE', FINAL_MS)
    const wrong = judgeResponse(invite, response, offer.expect, port)
    const call = new Dialog(sip, invite, response, places)
    if (response.status < 300) wrong.push(...(await talk(offer, call, sip, rtp, invite, response, told)))
    else call.send('ACK')
    return { wrong, response, places }
  } catch (error) {
    return { wrong: [error instanceof Error ? error.message : String(error)], response: null, places }
  } finally {
    rtp.close()
    sip.close()
  }
}

async function talk(
  offer: Offer,
  call: Dialog,
  sip: WireSip,
  rtp: WireRtp,
  invite: WireMessage,
  response: WireMessage,
  told: () => Promise<string>,
): Promise<string[]> {
  const { expect } = offer
  const wrong = judgeAnswer(sdpOf(invite), response.body, expect)
  if (rtp.packets.length > 0) wrong.push('packets before the ACK')
  call.send('ACK', offer.answer === undefined ? '' : fill(offer.answer, call.places))
  const to = readDescription(response.body).media.find(m => m.port !== 0)?.port ?? 0
  const type = expect.payloadType ?? 0
  const law = expect.law === 'PCMA' ? 'alaw' : 'ulaw'
  const silent = expect.direction === 'recvonly' || expect.direction === 'inactive'
  if (expect.direction !== 'inactive' && expect.direction !== 'sendonly') rtp.talk(to, type, expect.ptime, law)
  await sleep(TALK_MS / 2)
  // keys that nobody else presses: calls are held side by side
  const keys = String(100 + ++pressed)
  if (typeof expect.dtmf === 'number')
    for (const key of `${keys}#`) {
      rtp.press('0123456789*#'.indexOf(key), expect.dtmf)
      await sleep(KEY_MS)
    }
  await sleep(TALK_MS / 2)
  if (typeof expect.dtmf === 'number' && !(await told()).includes(keys))
    wrong.push(`the keys ${keys} did not reach the model`)
  rtp.hush()
  call.send('BYE')
  await sip.wait('200 to BYE', m => m.status === 200 && m.method === 'BYE', 2000)
  await sleep(50)
  if (silent) return [...wrong, ...judgeSilence(rtp)]
  return [...wrong, ...judgeMedia(rtp, type, law, expect.ptime ?? 20), ...judgeRtcp(rtp, expect.rtcpMux ?? false)]
}

function judgeSilence(rtp: WireRtp): string[] {
  return rtp.packets.length === 0 ? [] : [`${rtp.packets.length} packets to a peer that takes none`]
}

/** The worker's packets: of the agreed type, law and length, one after another, and with the agent's own watermark in them. */
function judgeMedia(rtp: WireRtp, type: number, law: 'ulaw' | 'alaw', ptimeMs: number): string[] {
  const wrong: string[] = []
  const other = rtp.packets.find(p => p.type !== type)
  if (other !== undefined) wrong.push(`payload type ${other.type} on the wire, ${type} agreed`)
  const long = rtp.packets.find(p => p.audio.length !== ptimeMs * 8)
  if (long !== undefined) wrong.push(`packets of ${long.audio.length / 8} ms, ${ptimeMs} asked for`)
  const hole = rtp.packets.findIndex(
    (p, i) => i > 0 && p.sequence !== (((rtp.packets[i - 1]?.sequence ?? 0) + 1) & 0xffff),
  )
  if (hole > 0) wrong.push(`a hole in the sequence at packet ${hole}`)
  const frames = decode(rtp.heard(law)).length
  if (frames < LEAST_FRAMES)
    wrong.push(`${frames} frames of the agent’s voice were heard in ${rtp.packets.length} packets`)
  return wrong
}

/** Who sent packets says good-bye over RTCP (RFC 3550 §6.3.7): on the port that was agreed. */
function judgeRtcp(rtp: WireRtp, mux: boolean): string[] {
  const [here, there] = mux ? [rtp.muxed, rtp.reports] : [rtp.reports, rtp.muxed]
  if (there.length > 0) return [`RTCP on the ${mux ? 'port above RTP' : 'RTP port'}`]
  return here.length > 0 ? [] : ['no RTCP came']
}

/** The session description in an INVITE, itself or as a part of a multipart body. */
function sdpOf(invite: WireMessage): string {
  const at = invite.body.indexOf('v=0\r\n')
  if (at < 0) return ''
  const end = invite.body.indexOf('\r\n--', at)
  return end < 0 ? invite.body.slice(at) : invite.body.slice(at, end + 2)
}

/** Requests in the dialog of an answer, made of its own text. */
class Dialog {
  readonly places: Places
  readonly #sip: WireSip
  readonly #invite: WireMessage
  readonly #response: WireMessage
  #cseq: number

  constructor(sip: WireSip, invite: WireMessage, response: WireMessage, places: Places) {
    this.#sip = sip
    this.#invite = invite
    this.#response = response
    this.places = places
    this.#cseq = Number(valueOf(invite, 'cseq').split(' ')[0])
  }

  send(method: 'ACK' | 'BYE', sdp = ''): void {
    const refused = this.#response.status >= 300
    if (method === 'BYE') this.#cseq++
    const contact = /<([^>]+)>/.exec(valueOf(this.#response, 'contact'))?.[1] ?? ''
    // an ACK to a refusal belongs to the INVITE's transaction: same URI, same Via (RFC 3261 §17.1.1.3)
    const uri = refused ? (this.#invite.start.split(' ')[1] ?? '') : contact
    const via = refused
      ? (valuesOf(this.#invite, 'via')[0] ?? '')
      : `SIP/2.0/${this.places.transport} ${this.places.self};rport;branch=${this.places.branch}${method.toLowerCase()}`
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: ${via}`,
      'Max-Forwards: 70',
      `From: ${valueOf(this.#invite, 'from')}`,
      `To: ${valueOf(this.#response, 'to')}`,
      `Call-ID: ${valueOf(this.#invite, 'call-id')}`,
      `CSeq: ${this.#cseq} ${method}`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(sdp)}`,
    ]
    this.#sip.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${sdp}`, 'latin1').toString('utf8'))
  }
}
