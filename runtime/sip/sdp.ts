import { LIMITS } from './limits.ts'
import type { Direction } from './media-description.ts'
import { isIpv4, isIpv6, parseDigits } from './uri.ts'

/** The parts of a session description (RFC 4566) that a call needs; everything else is skipped. */
export interface Sdp {
  /** The `o=` line's value: same text, same session version. */
  readonly origin: string
  readonly media: readonly SdpMedia[]
}

export interface SdpMedia {
  readonly type: string
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  /** Of the media level, else of the session. Null: neither, or not an IP address. */
  readonly address: string | null
  readonly direction: Direction
  readonly rtpmaps: readonly RtpMap[]
  readonly rtcp: { readonly port: number; readonly address: string | null } | null
  readonly rtcpMux: boolean
  readonly ptime: number | null
  readonly maxptime: number | null
}

export interface RtpMap {
  readonly payloadType: number
  /** Upper case. */
  readonly name: string
  readonly clock: number
  readonly channels: number
}

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

/** Null: not a session description, or over a limit. Unknown lines and attributes are skipped. */
export function parseSdp(text: string): Sdp | null {
  if (text.length > LIMITS.body) return null
  const lines = text.split('\n')
  if (lines.length > LIMITS.sdpLines) return null
  let origin: string | null = null
  let version = false
  const session: Section = { address: undefined, direction: null }
  const media: MutableMedia[] = []
  for (const raw of lines) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line === '') continue
    if (line[1] !== '=') return null
    const value = line.slice(2)
    const current = media.at(-1)
    switch (line.charAt(0)) {
      case 'v':
        if (value.trim() !== '0') return null
        version = true
        break
      case 'o':
        if (value.split(' ').filter(Boolean).length !== 6) return null
        origin ??= value
        break
      case 'c': {
        const address = parseConnection(value)
        if (address === undefined) return null
        const target = current ?? session
        target.address = address
        break
      }
      case 'm': {
        const started = parseMediaLine(value)
        if (started === null || media.length === LIMITS.sdpMedia) return null
        media.push(started)
        break
      }
      case 'a':
        if (!readAttribute(value, current ?? null, session)) return null
        break
      default:
        break
    }
  }
  if (!version || origin === null) return null
  return {
    origin,
    media: media.map(m => ({
      ...m,
      address: m.address === undefined ? (session.address ?? null) : m.address,
      direction: m.direction ?? session.direction ?? 'sendrecv',
    })),
  }
}

interface Section {
  /** undefined: no c-line at this level; null: one without an IP literal. */
  address: string | null | undefined
  direction: Direction | null
}
type MutableMedia = {
  -readonly [K in keyof Omit<SdpMedia, 'address' | 'direction' | 'rtpmaps'>]: SdpMedia[K]
} & Section & {
    rtpmaps: RtpMap[]
  }

/** `IN IP4 192.0.2.1[/ttl]`. Null: well-formed but not an IP literal; undefined: malformed. */
function parseConnection(value: string): string | null | undefined {
  const [network, family, address, more] = value.trim().split(' ')
  if (network === undefined || family === undefined || address === undefined || more !== undefined) return undefined
  const literal = address.split('/')[0] as string
  return network === 'IN' && (isIpv4(literal) || isIpv6(literal)) ? literal : null
}

function parseMediaLine(value: string): MutableMedia | null {
  const [type, ports, protocol, ...formats] = value.trim().split(' ').filter(Boolean)
  if (type === undefined || ports === undefined || protocol === undefined || formats.length > LIMITS.sdpFormats)
    return null
  const port = parseDigits(ports.split('/')[0] as string, 65_535)
  if (port === null || formats.length === 0) return null
  return {
    type: type.toLowerCase(),
    port,
    protocol,
    formats,
    address: undefined,
    direction: null,
    rtpmaps: [],
    rtcp: null,
    rtcpMux: false,
    ptime: null,
    maxptime: null,
  }
}

function readAttribute(value: string, media: MutableMedia | null, session: Section): boolean {
  const colon = value.indexOf(':')
  const name = (colon < 0 ? value : value.slice(0, colon)).trim().toLowerCase()
  if (colon < 0) {
    const section = media ?? session
    if (DIRECTIONS.includes(name)) section.direction = name as Direction
    if (name === 'rtcp-mux' && media) media.rtcpMux = true
    return true
  }
  if (media === null) return true
  const rest = value.slice(colon + 1).trim()
  if (name === 'rtpmap') {
    const map = parseRtpMap(rest)
    if (map !== null && media.rtpmaps.length < LIMITS.sdpFormats) media.rtpmaps.push(map)
    return map !== null || media.type !== 'audio' || media.port === 0
  }
  if (name === 'rtcp') {
    const [port, network, , address] = rest.split(' ')
    const number = parseDigits(port ?? '', 65_535)
    const literal = network === 'IN' && address !== undefined && (isIpv4(address) || isIpv6(address)) ? address : null
    if (number !== null && number > 0) media.rtcp = { port: number, address: literal }
  }
  // Some gateways write `ptime:20.0`; the part before the point is meant.
  if (name === 'ptime') media.ptime = parseDigits(rest.split('.')[0] as string, 1000)
  if (name === 'maxptime') media.maxptime = parseDigits(rest.split('.')[0] as string, 1000)
  return true
}

/** `0 PCMU/8000[/1]`. */
function parseRtpMap(text: string): RtpMap | null {
  const space = text.indexOf(' ')
  const payloadType = parseDigits(text.slice(0, Math.max(space, 0)), 127)
  const [name, clock, channels] = text
    .slice(space + 1)
    .trim()
    .split('/')
  const hertz = parseDigits(clock ?? '', 1_000_000)
  if (payloadType === null || hertz === null || name === undefined || name === '') return null
  return { payloadType, name: name.toUpperCase(), clock: hertz, channels: parseDigits(channels ?? '1', 8) ?? 1 }
}
