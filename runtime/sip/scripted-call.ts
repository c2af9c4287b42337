/** An answered call of a hand-written peer behind a proxy, for tests of what happens inside the dialog. */
import type { Source } from './api.ts'
import { Network, type Peer } from './network-simulation.ts'
import { field, local } from './scripted-peer.ts'

export const PROXY: Source = { transport: 'udp', address: '203.0.113.1', port: 5060, flow: null }

export const sdp = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', 't=0 0', ...lines, ''].join('\r\n')
export const AUDIO = sdp('m=audio 4000 RTP/AVP 0 8')

export interface Script {
  net: Network
  peer: Peer
  from: Source
  to: string
  send(method: string, cseq: number, body?: string, extra?: string[]): string[]
}

export const bodyOf = (text: string | undefined): string => text?.slice(text.indexOf('\r\n\r\n') + 4) ?? ''
export const keyOf = (peer: Peer): string => peer.events.flatMap(e => (e.type === 'incoming' ? [e.call] : []))[0] ?? ''
export const mediaOf = (peer: Peer) => peer.events.flatMap(e => (e.type === 'media' ? [e.media] : []))

export function script(
  extra: string[] = [],
  from = PROXY,
  body = AUDIO,
  contact = '<sip:caller@198.51.100.7:5080>',
  vias = [`SIP/2.0/UDP 203.0.113.1`, 'SIP/2.0/UDP 198.51.100.7:5080'],
): Script {
  const net = new Network()
  const peer = net.add('agent', '192.0.2.1')
  let to = '<sip:agent@192.0.2.1>'
  const send: Script['send'] = (method, cseq, content = '', more = []) =>
    net.inject(
      peer,
      [
        `${method} sip:agent@192.0.2.1 SIP/2.0`,
        ...vias.map((v, i) => `Via: ${v};branch=z9hG4bK${method}${cseq}${i}`),
        ...more,
        'From: "C" <sip:caller@example.com>;tag=c1',
        `To: ${to}`,
        'Call-ID: d@test',
        `CSeq: ${cseq} ${method}`,
        `Contact: ${contact}`,
        ...(content === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${content.length}`,
        '',
        content,
      ].join('\r\n'),
      from,
    )
  peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'answer', call: e.call, local })
  const [ok] = send('INVITE', 1, body, extra)
  to = field(ok, 'To')
  if (body !== '') send('ACK', 1)
  return { net, peer, from, to, send }
}

export const hangUp = ({ net, peer }: Script): { text: string; to: Source } => {
  peer.command({ do: 'hangUp', call: keyOf(peer) })
  const packet = net.sent.at(-1)
  if (packet === undefined) throw new Error('nothing sent')
  return { text: packet.text, to: packet.to as Source }
}
