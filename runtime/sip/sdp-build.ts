import type { Law } from '#runtime/media/format.ts'
import type { Direction, LocalMedia } from './media-description.ts'
import { isIpv6 } from './uri.ts'

/** What our session description says about one m-line: the audio we speak, or a refusal that repeats what was offered. */
export type MediaLine =
  | {
      readonly use: true
      readonly protocol: string
      readonly law: readonly LawLine[]
      readonly dtmf: number | null
      readonly mux: boolean
    }
  | { readonly use: false; readonly type: string; readonly protocol: string; readonly formats: readonly string[] }

export interface LawLine {
  readonly law: Law
  readonly payloadType: number
}

/** Our side of a session as last sent: the next description repeats or follows it. Plain data. */
export interface LocalSession {
  /** Random, fixed for the dialog. */
  readonly id: number
  readonly version: number
  /** The description with `@` for the version: equal text means an unchanged session (RFC 3264 §8). */
  readonly template: string
}

/**
 * The next description of a session: same version when nothing but the version would differ, else one higher.
 * @returns the text and the state to keep
 */
export function nextDescription(
  previous: LocalSession | null,
  id: number,
  local: LocalMedia,
  lines: readonly MediaLine[],
  direction: Direction,
): { text: string; session: LocalSession } {
  const template = describe(previous?.id ?? id, local, lines, direction)
  const version = previous === null ? 1 : previous.template === template ? previous.version : previous.version + 1
  const session = { id: previous?.id ?? id, version, template }
  return { text: template.replace('@', String(version)), session }
}

function describe(id: number, local: LocalMedia, lines: readonly MediaLine[], direction: Direction): string {
  const family = isIpv6(local.address) ? 'IP6' : 'IP4'
  const out = ['v=0', `o=- ${id} @ IN ${family} ${local.address}`, 's=-', `c=IN ${family} ${local.address}`, 't=0 0']
  for (const line of lines) {
    if (!line.use) {
      out.push(`m=${line.type} 0 ${line.protocol} ${line.formats.join(' ')}`)
      continue
    }
    const formats = [...line.law.map(l => l.payloadType), ...(line.dtmf === null ? [] : [line.dtmf])]
    out.push(`m=audio ${local.port} ${line.protocol} ${formats.join(' ')}`)
    for (const { law, payloadType } of line.law) out.push(`a=rtpmap:${payloadType} ${law}/8000`)
    if (line.dtmf !== null) out.push(`a=rtpmap:${line.dtmf} telephone-event/8000`, `a=fmtp:${line.dtmf} 0-16`)
    out.push('a=ptime:20', `a=${direction}`)
    if (line.mux) out.push('a=rtcp-mux')
    else if (local.rtcpPort !== undefined && local.rtcpPort !== local.port + 1) out.push(`a=rtcp:${local.rtcpPort}`)
  }
  return `${out.join('\r\n')}\r\n`
}
