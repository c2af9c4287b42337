/** Recordings that a carrier plays for us: each under a name that only we can make. Pure. */
import { timingSafeEqual } from 'node:crypto'
import { wavHeader } from '#runtime/media/wav-header.ts'
import { tagOf } from './media-token.ts'
import { type GatewayTrunk, pathOf } from './trunk.ts'

export function clipAddress(key: Uint8Array, trunk: GatewayTrunk, id: string): string {
  const name = Buffer.from(id, 'utf8').toString('base64url')
  return `${trunk.publicURL}${pathOf(trunk)}/clips/${name}.${tagOf(key, `${trunk.key} ${id}`)}.wav`
}

/** The recording that a name is of; null: we did not make that name. */
export function clipOf(key: Uint8Array, trunk: GatewayTrunk, file: string): string | null {
  const [, name = '', tag = ''] = /^([\w-]{1,400})\.([\w-]{32})\.wav$/.exec(file) ?? []
  if (tag === '') return null
  const id = Buffer.from(name, 'base64url').toString('utf8')
  return timingSafeEqual(Buffer.from(tag), Buffer.from(tagOf(key, `${trunk.key} ${id}`))) ? id : null
}

/** G.711 µ-law at 8 kHz as a WAV file. */
export function wavOf(audio: Uint8Array): Buffer {
  return Buffer.concat([wavHeader('PCMU', audio.length), audio])
}
