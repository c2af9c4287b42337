/** Whom to call and from where: a SIP URI, the address behind it, and our own address on the way there. */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { parseUri } from '#runtime/sip/uri.ts'
import { callerErrors } from './errors.ts'

export interface Route {
  readonly transport: 'udp' | 'tcp'
  readonly address: string
  readonly port: number
  /** Address of ours that the other side sees. */
  readonly local: string
}

const SIP_PORT = 5060

/** @throws SB_CALLER_BAD_URI, SB_CALLER_NO_HOST */
export async function routeTo(uri: string, transport?: 'udp' | 'tcp'): Promise<Route> {
  const parsed = parseUri(uri)
  if (typeof parsed === 'string') throw callerErrors.badUri(uri, `it is ${WORDS[parsed]}`)
  if (parsed.scheme !== 'sip') throw callerErrors.badUri(uri, `${parsed.scheme}: has no place to send to`)
  const asked = parsed.parameters['transport']?.toLowerCase()
  if (asked !== undefined && asked !== 'udp' && asked !== 'tcp')
    throw callerErrors.badUri(uri, `this caller does not speak ${asked}`)
  const port = parsed.port ?? SIP_PORT
  const address = isIP(parsed.host) === 4 ? parsed.host : await resolve(parsed.host)
  return { transport: transport ?? asked ?? 'udp', address, port, local: await localAddress(address, port) }
}

const WORDS = { malformed: 'no SIP URI', scheme: 'no SIP URI', 'too-long': 'too long' } as const

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host, 4)).address
  } catch (cause) {
    throw callerErrors.noHost(host, (cause as NodeJS.ErrnoException).code ?? String(cause), { cause: cause as Error })
  }
}

/** What the routing table would send from. Nothing is sent. */
async function localAddress(address: string, port: number): Promise<string> {
  const socket = createSocket('udp4')
  try {
    return await new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(port, address, () => resolve(socket.address().address))
    })
  } catch (cause) {
    throw callerErrors.noHost(address, (cause as NodeJS.ErrnoException).code ?? String(cause), {
      cause: cause as Error,
    })
  } finally {
    socket.close()
  }
}
