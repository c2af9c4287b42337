/** A final answer as it is kept for review: what differs from run to run is replaced by its name. */
import type { WireMessage } from '#test/phones/wire-sip.ts'
import type { Places } from './offer-file.ts'

export function answerText(response: WireMessage, places: Places): string {
  const head = response.headers
    .filter(([name]) => name !== 'content-length')
    .map(([name, value]) => `${name}: ${Buffer.from(value, 'latin1').toString('utf8')}`)
  const port = places.target.split(':')[1] ?? ''
  const media = /^m=audio ([1-9]\d*) /m.exec(response.body)?.[1]
  const session = /^o=- (\d+) /m.exec(response.body)?.[1]
  const own = places.self.split(':')[1] ?? ''
  let text = [response.start, ...head, '', ...response.body.split('\r\n')].join('\n')
  const named: readonly (readonly [string | undefined, string])[] = [
    [places.call, 'call'],
    [places.branch, 'branch'],
    [places.tag, 'tag'],
    [session, 'session'],
    [own, 'selfPort'],
    [port, 'port'],
    [media, 'media'],
    [String(places.rtp), 'rtp'],
  ]
  for (const [value, name] of named)
    if (value !== undefined) text = text.replace(new RegExp(`(?<![\\w-])${value}(?!\\d)`, 'g'), `{{${name}}}`)
  return text
    .replace(/^(from|to): (.*);tag=[^;\n]+/gm, '$1: $2;tag={{tag}}')
    .replace(/^(via: SIP\/2\.0\/)(?:UDP|TCP) (?=127)/m, '$1{{transport}} ')
    .replace(/^(contact: .*);transport=tcp/m, '$1')
    .replaceAll(`transport=${places.transport}`, 'transport={{transport}}')
    .replace(/^(server: [^/\n]+\/).*/m, '$1{{version}}')
}
