/** TwiML as far as this simulator carries it out. */
import { twilioSimulatorErrors } from './errors.ts'

export type Verb =
  | {
      readonly verb: 'Stream'
      readonly url: string
      readonly statusCallback: string | null
      readonly parameters: Readonly<Record<string, string>>
    }
  | { readonly verb: 'Say'; readonly text: string }
  | { readonly verb: 'Play'; readonly url: string }
  | { readonly verb: 'Reject'; readonly reason: 'busy' | 'rejected' }
  | {
      readonly verb: 'Dial'
      readonly to: string
      readonly callerId: string
      readonly timeoutS: number
      /** What is asked when it is over; null: the next verb. */
      readonly action: string | null
      readonly statusCallback: string | null
      readonly events: readonly string[]
    }
  | { readonly verb: 'Pause'; readonly seconds: number }
  | { readonly verb: 'Hangup' }

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy

/** @throws SB_SIMULATOR_TWIML */
export function readTwiml(xml: string): Verb[] {
  const response = parse(xml)
  if (response.name !== 'Response') throw twilioSimulatorErrors.badTwiml(`its root is ${response.name}`)
  return response.children.map(verbOf)
}

function verbOf({ name, attributes, children, text }: Element): Verb {
  const [child] = children
  switch (name) {
    case 'Connect': {
      if (child?.name !== 'Stream') break
      const url = child.attributes['url'] ?? ''
      if (url.includes('?')) throw twilioSimulatorErrors.badTwiml('a Stream url with a query string (31920)')
      const parameters = child.children.map(p => [p.attributes['name'] ?? '', p.attributes['value'] ?? ''])
      return {
        verb: 'Stream',
        url,
        statusCallback: child.attributes['statusCallback'] ?? null,
        parameters: Object.fromEntries(parameters) as Record<string, string>,
      }
    }
    case 'Say':
      return { verb: 'Say', text }
    case 'Play':
      return { verb: 'Play', url: text }
    case 'Reject':
      return { verb: 'Reject', reason: attributes['reason'] === 'busy' ? 'busy' : 'rejected' }
    case 'Dial':
      return dialOf(attributes, child, text)
    case 'Pause':
      return { verb: 'Pause', seconds: Number(attributes['length'] ?? 1) }
    case 'Hangup':
      return { verb: 'Hangup' }
  }
  throw twilioSimulatorErrors.badTwiml(`the verb ${name}`)
}

const E164 = /^\+[1-9][0-9]{1,14}$/

function dialOf(attributes: Element['attributes'], child: Element | undefined, text: string): Verb {
  const to = child?.text ?? text
  const { callerId = '', timeout = '30', action = null, method = 'POST' } = attributes
  const { statusCallback = null, statusCallbackEvent = '' } = child?.attributes ?? {}
  const wrong =
    (child !== undefined && child.name !== 'Number' && `a Dial with ${child.name}`) ||
    (!E164.test(to) && `a Dial to "${to}" (13224)`) ||
    (callerId !== '' && !E164.test(callerId) && `a callerId "${callerId}" (13214)`) ||
    (!/^[0-9]{1,3}$/.test(timeout) && `a timeout "${timeout}" (13212)`) ||
    (method !== 'POST' && `an action by ${method}`)
  if (wrong) throw twilioSimulatorErrors.badTwiml(wrong)
  const events = statusCallbackEvent.split(' ').filter(event => event !== '')
  return { verb: 'Dial', to, callerId, timeoutS: Number(timeout), action, statusCallback, events }
}

function parse(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open: Element[] = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < xml.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(xml)
    if (!token) throw twilioSimulatorErrors.badTwiml(`not XML at ${at}: ${xml.slice(at, at + 40)}`)
    const [, end, name, attributes, empty, text] = token
    const here = open.at(-1) ?? root
    if (text !== undefined) here.text += unescaped(text.trim())
    else if (name !== undefined && end === '/') {
      if (open.pop()?.name !== name) throw twilioSimulatorErrors.badTwiml(`</${name}> ends nothing`)
    } else if (name !== undefined) {
      const element: Element = { name, attributes: attributesOf(attributes ?? ''), children: [], text: '' }
      here.children.push(element)
      if (empty !== '/') open.push(element)
    }
  }
  const [response] = root.children
  if (open.length !== 1 || root.children.length !== 1 || !response)
    throw twilioSimulatorErrors.badTwiml('not one element')
  return response
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w:.-]+)="([^"]*)"/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, unescaped(value)]))
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(\w+);/g, (_, name: string) => NAMED[name] ?? '')
}
