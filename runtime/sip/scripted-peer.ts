/** A peer written by hand, for tests: raw messages in, what the agent sends and tells out. */
import type { Ms, Source, Transport } from './api.ts'
import { Network, type Peer } from './network-simulation.ts'

export const PEER = '192.0.2.99'
export const SDP = `v=0\r\no=- 1 1 IN IP4 ${PEER}\r\ns=-\r\nc=IN IP4 ${PEER}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`
export const local = { address: '192.0.2.1', port: 6000 }

export function world(transport: Transport = 'udp'): { net: Network; peer: Peer; from: Source } {
  const net = new Network(transport)
  const from: Source = { transport, address: PEER, port: 5060, flow: transport === 'udp' ? null : 'f1' }
  return { net, peer: net.add('agent', '192.0.2.1'), from }
}

/** A request of the scripted peer. `to`: To header with our tag. */
export function request(
  method: string,
  transport: Transport,
  cseq: number,
  to = '<sip:agent@192.0.2.1>',
  branch = `z9hG4bK${method === 'CANCEL' ? 'INVITE' : method}${cseq}`,
  body = method === 'INVITE' ? SDP : '',
): string {
  return [
    `${method} sip:agent@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${PEER}:5060;branch=${branch}`,
    'From: <sip:caller@192.0.2.99>;tag=peer',
    `To: ${to}`,
    'Call-ID: tx@test',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:caller@${PEER}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

export const field = (text: string | undefined, name: string): string =>
  text
    ?.split('\r\n')
    .find(l => l.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? ''
export const start = (text: string | undefined): string => text?.split('\r\n', 1)[0] ?? ''
export const times = (net: Network, begins: string): Ms[] =>
  net.sent.filter(p => p.text.startsWith(begins)).map(p => p.at)

/** A response of the scripted peer to the last request our agent sent with this method. */
export function response(net: Network, method: string, status: string, tag = 'peer', body = ''): string {
  const text = net.sent.findLast(p => p.text.startsWith(`${method} `))?.text
  const to = field(text, 'To')
  return [
    `SIP/2.0 ${status}`,
    `Via: ${field(text, 'Via')};received=192.0.2.1`,
    `From: ${field(text, 'From')}`,
    `To: ${to.includes('tag=') ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${field(text, 'Call-ID')}`,
    `CSeq: ${field(text, 'CSeq')}`,
    `Contact: <sip:callee@${PEER}:5066>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

export const dial = (peer: Peer, transport: Transport = 'udp'): void =>
  peer.command({ do: 'invite', call: 'x', to: `sip:callee@${PEER}`, from: 'sip:me@192.0.2.1', local, transport })
