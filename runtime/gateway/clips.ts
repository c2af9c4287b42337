/** Recordings that a carrier plays for us: each under a name that only we can make. Pure. */
import { timingSafeEqual } from 'node:crypto'
import { tagOf } from './media-token.ts'
import { type GatewayTrunk, pathOf } from './trunk.ts'

const WAV_HEADER_BYTES = 58
const MU_LAW = 7

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
  const out = Buffer.alloc(WAV_HEADER_BYTES + audio.length)
  out.write('RIFF', 0, 'latin1')
  out.writeUInt32LE(out.length - 8, 4)
  out.write('WAVEfmt ', 8, 'latin1')
  out.writeUInt32LE(18, 16)
  out.writeUInt16LE(MU_LAW, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(8000, 24)
  out.writeUInt32LE(8000, 28)
  out.writeUInt16LE(1, 32)
  out.writeUInt16LE(8, 34)
  out.writeUInt16LE(0, 36)
  out.write('fact', 38, 'latin1')
  out.writeUInt32LE(4, 42)
  out.writeUInt32LE(audio.length, 46)
  out.write('data', 50, 'latin1')
  out.writeUInt32LE(audio.length, 54)
  out.set(audio, WAV_HEADER_BYTES)
  return out
}
