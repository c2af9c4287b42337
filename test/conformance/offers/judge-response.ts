/** What must be true of every final answer, whatever was offered, and what a file expects of its own. Each finding is a sentence. */
import { valueOf, valuesOf, type WireMessage } from '#test/phones/wire-sip.ts'
import type { Expectation } from './offer-file.ts'
import { directionOf, mappingOf, readDescription } from './sdp-lines.ts'

/** The answer against the INVITE: RFC 3261 §8.2.6 (copied headers), §12.1.1 (Record-Route, Contact), and status by status. */
export function judgeResponse(invite: WireMessage, response: WireMessage, expect: Expectation, port: number): string[] {
  if (response.status !== expect.status) return [`${response.start}, ${expect.status} expected`]
  const wrong = judgeCopies(invite, response)
  if (Number(valueOf(response, 'content-length')) !== Buffer.byteLength(response.body, 'latin1'))
    wrong.push('Content-Length is not the length of the body')
  if (response.status === 200) wrong.push(...judgeOk(invite, response, port))
  if (expect.warning !== undefined && !valueOf(response, 'warning').startsWith(`${expect.warning} 127.0.0.1 "`))
    wrong.push(`Warning: ${valueOf(response, 'warning') || 'none'}, ${expect.warning} expected`)
  if (expect.unsupported !== undefined && valueOf(response, 'unsupported') !== expect.unsupported)
    wrong.push(`Unsupported: ${valueOf(response, 'unsupported') || 'none'}, ${expect.unsupported} expected`)
  return wrong
}

function judgeCopies(invite: WireMessage, response: WireMessage): string[] {
  const wrong: string[] = []
  for (const name of ['from', 'call-id', 'cseq'])
    if (valueOf(invite, name) !== valueOf(response, name)) wrong.push(`${name} is not the INVITE’s`)
  const [to, back] = [valueOf(invite, 'to'), valueOf(response, 'to')]
  if (!back.startsWith(`${to};tag=`)) wrong.push(`To is ${back}: not the INVITE’s with a tag`)
  const [asked, got] = [elements(valuesOf(invite, 'via')), elements(valuesOf(response, 'via'))]
  if (asked.slice(1).join() !== got.slice(1).join()) wrong.push('Vias below the first are not the INVITE’s')
  const top = got[0] ?? ''
  for (const part of (asked[0] ?? '').split(';').map(p => p.trim()))
    if (part !== 'rport' && !top.includes(part)) wrong.push(`the first Via lost ${part}`)
  if (/;\s*rport(;|$)/.test(asked[0] ?? '') && !/;rport=\d+/.test(top)) wrong.push('rport was not filled in (RFC 3581)')
  return wrong
}

function judgeOk(invite: WireMessage, response: WireMessage, port: number): string[] {
  const wrong: string[] = []
  const routes = elements(valuesOf(invite, 'record-route'))
  if (routes.join() !== elements(valuesOf(response, 'record-route')).join())
    wrong.push('Record-Route is not the INVITE’s, in its order')
  const contacts = valuesOf(response, 'contact')
  if (contacts.length !== 1 || !contacts[0]?.includes(`127.0.0.1:${port}`)) wrong.push(`Contact is ${contacts.join()}`)
  if (valueOf(response, 'content-type') !== 'application/sdp') wrong.push('Content-Type is not application/sdp')
  if (valueOf(response, 'require') !== '') wrong.push(`a 200 that requires ${valueOf(response, 'require')}`)
  return wrong
}

/** The session description of a 200 against the offer (RFC 3264 §6) and the expectation. `offered` '': ours is the offer. */
export function judgeAnswer(offered: string, answered: string, expect: Expectation): string[] {
  const answer = readDescription(answered)
  const wrong: string[] = []
  if (!/^vosc?t$/.test(answer.order)) wrong.push(`lines of the session: ${answer.order}`)
  if (answer.origin.split(' ').length !== 6) wrong.push(`o=${answer.origin}`)
  if (answer.connection !== 'IN IP4 127.0.0.1') wrong.push(`c=${answer.connection}`)
  if (offered !== '') wrong.push(...judgeLines(offered, answered, expect))
  const used = answer.media.find(m => m.port !== 0)
  if (used === undefined) return [...wrong, 'every m-line is refused']
  const type = String(expect.payloadType)
  if (offered !== '' && used.formats[0] !== type) wrong.push(`first format is ${used.formats[0]}, ${type} expected`)
  if (mappingOf(used, type) !== `${expect.law}/8000`)
    wrong.push(`a=rtpmap:${type} ${mappingOf(used, type) || 'missing'}`)
  const events = used.formats.filter(f => mappingOf(used, f).toLowerCase().startsWith('telephone-event/'))
  const wanted = expect.dtmf === 'none' ? '' : String(expect.dtmf)
  if (events.join() !== wanted)
    wrong.push(`telephone-event as ${events.join() || 'none'}, ${wanted || 'none'} expected`)
  for (const event of events)
    if (mappingOf(used, event) !== 'telephone-event/8000')
      wrong.push(`events at ${mappingOf(used, event)}, G.711 runs at 8000`)
  if (directionOf(used) !== (expect.direction ?? 'sendrecv')) wrong.push(`direction is ${directionOf(used)}`)
  if (used.attributes.includes('rtcp-mux') !== (expect.rtcpMux ?? false)) wrong.push('rtcp-mux is not as expected')
  const foreign = used.attributes.filter(a => /^(crypto|fingerprint|setup|ice-|candidate|mid|rtcp-fb|extmap)/.test(a))
  if (foreign.length > 0) wrong.push(`promises what it does not do: ${foreign.join()}`)
  return wrong
}

function judgeLines(offered: string, answered: string, expect: Expectation): string[] {
  const [offer, answer] = [readDescription(offered), readDescription(answered)]
  if (offer.media.length !== answer.media.length) return [`${answer.media.length} m-lines answer ${offer.media.length}`]
  const wrong: string[] = []
  for (const [i, theirs] of offer.media.entries()) {
    const ours = answer.media[i]
    if (ours === undefined) continue
    if (ours.type !== theirs.type || ours.protocol !== theirs.protocol)
      wrong.push(`m-line ${i} is ${ours.type} ${ours.protocol}, offered as ${theirs.type} ${theirs.protocol}`)
    if (ours.formats.length === 0) wrong.push(`m-line ${i} has no format`)
    const refused = expect.refused?.includes(i) ?? false
    if ((ours.port === 0) !== refused) wrong.push(`m-line ${i} has port ${ours.port}`)
    const strange = ours.formats.filter(f => !theirs.formats.includes(f))
    if (strange.length > 0) wrong.push(`m-line ${i} has formats that were not offered: ${strange.join()}`)
  }
  return wrong
}

/** Values of a list header, one by one, however they were spread over lines. */
function elements(fields: readonly string[]): string[] {
  return fields.flatMap(field => field.split(/,(?=\s*(?:<|SIP\/))/)).map(value => value.trim())
}
