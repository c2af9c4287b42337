/** Offer and answer (RFC 3264) for one audio stream of G.711 with telephone-event (RFC 4733). */
import type { Law } from '#runtime/media/format.ts'
import { LIMITS } from './limits.ts'
import type { Direction, LocalMedia, MediaDescription } from './media-description.ts'
import type { Sdp, SdpMedia } from './sdp.ts'
import { type LocalSession, type MediaLine, nextDescription } from './sdp-build.ts'
import { isIpv6 } from './uri.ts'

/** The session of one dialog: what was last agreed, and what the m-lines were, so that later offers keep their order. Plain data. */
export interface Session {
  readonly local: LocalSession
  readonly lines: readonly MediaLine[]
  readonly media: MediaDescription | null
}

/** Why nothing fits, as the code of a Warning header (RFC 3261 §20.43). */
export interface Refusal {
  readonly warning: 300 | 302 | 304 | 305
  readonly text: string
}

const STATIC: Readonly<Record<string, Law>> = { '0': 'PCMU', '8': 'PCMA' }
const PAYLOAD_TYPE: Readonly<Record<Law, number>> = { PCMU: 0, PCMA: 8 }
const DTMF = 101
const PTIMES = { default: 20, min: 10, max: 60 } as const

/** What one m-line lets us do. */
interface Choice {
  readonly index: number
  readonly media: SdpMedia
  readonly law: Law
  readonly payloadType: number
  readonly dtmf: number | null
}

/**
 * Picks the first usable audio stream, and in it the first law that we speak, in the offerer's order.
 * @param ours an address of ours: media of the other IP version could never reach it
 */
function choose(offer: Sdp, laws: readonly Law[], dtmf: boolean, ours: string): Choice | Refusal {
  let refusal: Refusal = { warning: 304, text: 'Media type not available' }
  for (const [index, media] of offer.media.entries()) {
    if (media.type !== 'audio' || media.port === 0) continue
    if (media.protocol !== 'RTP/AVP') {
      refusal = { warning: 302, text: 'Incompatible transport protocol' }
      continue
    }
    if (media.address === null || isMulticast(media.address) || isIpv6(media.address) !== isIpv6(ours)) {
      refusal = { warning: 300, text: 'Incompatible network protocol' }
      continue
    }
    for (const format of media.formats) {
      const law = lawOf(media, format)
      if (law !== null && laws.includes(law)) {
        return { index, media, law, payloadType: Number(format), dtmf: dtmf ? dtmfOf(media) : null }
      }
    }
    refusal = { warning: 305, text: 'Incompatible media format' }
  }
  return refusal
}

/** A mapping in the description wins over the static number. */
function lawOf(media: SdpMedia, format: string): Law | null {
  const map = media.rtpmaps.find(m => String(m.payloadType) === format)
  if (map === undefined) return STATIC[format] ?? null
  return (map.name === 'PCMU' || map.name === 'PCMA') && map.clock === 8000 && map.channels === 1 ? map.name : null
}

/** telephone-event at G.711's clock: events on another clock belong to another codec. */
function dtmfOf(media: SdpMedia): number | null {
  const map = media.rtpmaps.find(
    m => m.name === 'TELEPHONE-EVENT' && m.clock === 8000 && media.formats.includes(String(m.payloadType)),
  )
  return map?.payloadType ?? null
}

/**
 * What an offer would give us, before any answer is made: for admission, and so that a session can be opened in the caller's law.
 * @param ours the address that an answer would name
 */
export function preview(offer: Sdp, laws: readonly Law[], ours: string): MediaDescription | Refusal {
  const choice = choose(offer, laws, true, ours)
  return 'warning' in choice ? choice : describeRemote(choice, reverse(effective(choice.media)), null)
}

export interface Answered {
  readonly text: string
  readonly session: Session
  readonly media: MediaDescription
}

/**
 * Answers an offer. One law only, so that it cannot change without a new offer; other streams are refused with port 0.
 * @param id number of our session, used when there is no previous one
 */
export function answer(
  offer: Sdp,
  local: LocalMedia,
  laws: readonly Law[],
  previous: Session | null,
  id: number,
): Answered | Refusal {
  const choice = choose(offer, local.laws ?? laws, local.dtmf ?? true, local.address)
  if ('warning' in choice) return choice
  const direction = narrow(reverse(effective(choice.media)), local.direction ?? 'sendrecv')
  const mux = choice.media.rtcpMux
  const lines = offer.media.map<MediaLine>((media, i) =>
    i === choice.index
      ? {
          use: true,
          protocol: media.protocol,
          law: [{ law: choice.law, payloadType: choice.payloadType }],
          dtmf: choice.dtmf,
          mux,
        }
      : { use: false, type: media.type, protocol: media.protocol, formats: media.formats },
  )
  const next = nextDescription(previous?.local ?? null, id, local, lines, direction)
  const media = describeRemote(choice, direction, null)
  return { text: next.text, session: { local: next.session, lines, media }, media }
}

/** Our offer: first, late (in a 2xx), or again in the dialog, where the m-lines of before keep their places. */
export function offer(
  local: LocalMedia,
  laws: readonly Law[],
  previous: Session | null,
  id: number,
): { text: string; session: Session } {
  const dtmf = (local.dtmf ?? true) ? (usedDtmf(previous) ?? DTMF) : null
  const taken = new Set<number>(dtmf === null ? [] : [dtmf])
  const law = (local.laws ?? laws).map(each => {
    const before = usedLaw(previous, each) ?? PAYLOAD_TYPE[each]
    const payloadType = taken.has(before) ? PAYLOAD_TYPE[each] : before
    taken.add(payloadType)
    return { law: each, payloadType }
  })
  const ours: MediaLine = { use: true, protocol: 'RTP/AVP', law, dtmf, mux: previous?.media?.rtcpMux ?? false }
  const lines = previous === null ? [ours] : previous.lines.map(line => (line.use ? ours : line))
  const next = nextDescription(previous?.local ?? null, id, local, lines, local.direction ?? 'sendrecv')
  return { text: next.text, session: { local: next.session, lines, media: previous?.media ?? null } }
}

function usedLaw(previous: Session | null, law: Law): number | undefined {
  for (const line of previous?.lines ?? []) if (line.use) return line.law.find(l => l.law === law)?.payloadType
  return undefined
}

function usedDtmf(previous: Session | null): number | undefined {
  for (const line of previous?.lines ?? []) if (line.use) return line.dtmf ?? undefined
  return undefined
}

/**
 * Reads the answer to our offer `offered` (what {@link offer} returned).
 * @returns null when it does not answer it: wrong number of m-lines, our stream refused, a format that was not offered
 */
export function readAnswer(
  reply: Sdp,
  offered: Session,
  local: LocalMedia,
): { session: Session; media: MediaDescription } | null {
  const index = offered.lines.findIndex(l => l.use)
  const ours = offered.lines[index]
  const media = reply.media[index]
  if (ours === undefined || !ours.use || media === undefined || reply.media.length > LIMITS.sdpMedia) return null
  const laws = ours.law.map(l => l.law)
  const alone: Sdp = { origin: reply.origin, media: [media] }
  const choice = choose(alone, laws, ours.dtmf !== null, local.address)
  if ('warning' in choice) return null
  const direction = narrow(reverse(effective(media)), local.direction ?? 'sendrecv')
  const receive = {
    payloadType: ours.law.find(l => l.law === choice.law)?.payloadType ?? choice.payloadType,
    dtmfPayloadType: choice.dtmf === null ? null : ours.dtmf,
  }
  const described = describeRemote(
    { ...choice, media: { ...media, rtcpMux: media.rtcpMux && ours.mux } },
    direction,
    receive,
  )
  return { session: { ...offered, media: described }, media: described }
}

function describeRemote(
  choice: Choice,
  direction: Direction,
  receive: MediaDescription['receive'] | null,
): MediaDescription {
  const { media } = choice
  const rtcpPort = media.rtcpMux ? media.port : (media.rtcp?.port ?? Math.min(media.port + 1, 65_535))
  const wished = Math.min(media.ptime ?? PTIMES.default, media.maxptime ?? PTIMES.max)
  return {
    remote: { address: media.address ?? '0.0.0.0', port: media.port, rtcpPort },
    law: choice.law,
    payloadType: choice.payloadType,
    dtmfPayloadType: choice.dtmf,
    receive: receive ?? { payloadType: choice.payloadType, dtmfPayloadType: choice.dtmf },
    ptimeMs: Math.min(PTIMES.max, Math.max(PTIMES.min, Math.floor(wished / 10) * 10)),
    rtcpMux: media.rtcpMux,
    direction,
    hold: direction === 'recvonly' || direction === 'inactive',
  }
}

/** The peer's direction; an unspecified address takes our sending away (RFC 2543 hold, RFC 3264 §8.4). */
function effective(media: SdpMedia): Direction {
  if (media.address !== '0.0.0.0' && media.address !== '::') return media.direction
  return narrow(media.direction, 'sendonly')
}

function reverse(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly'
  return direction === 'recvonly' ? 'sendonly' : direction
}

/** What both want. */
function narrow(a: Direction, b: Direction): Direction {
  const send = sends(a) && sends(b)
  const receive = receives(a) && receives(b)
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}

function sends(d: Direction): boolean {
  return d === 'sendrecv' || d === 'sendonly'
}

function receives(d: Direction): boolean {
  return d === 'sendrecv' || d === 'recvonly'
}

function isMulticast(address: string): boolean {
  const first = Number(address.split('.')[0])
  return address.includes(':') ? address.toLowerCase().startsWith('ff') : first >= 224
}
