/** A caller's events as lines for people: when, who, what. */
import type { CallerEvent } from '#simulators/caller/events.ts'
import type { Style } from './show/style.ts'
import { duration, printable } from './show/words.ts'

export type Who = 'caller' | 'agent' | 'person' | 'line' | 'tool' | 'model' | 'record'

const COLOURS: Readonly<Record<Who, keyof Style>> = {
  caller: 'blue',
  agent: 'green',
  person: 'cyan',
  line: 'dim',
  tool: 'yellow',
  model: 'magenta',
  record: 'dim',
}

/** `   3.116  caller  “Hello?”`: seconds since the INVITE. */
export function timelineLine(ms: number, who: Who, text: string, style: Style): string {
  return `${style.dim((ms / 1000).toFixed(3).padStart(8))}  ${style[COLOURS[who]](who.padEnd(6))}  ${text}`
}

/** Null: nothing to say about it. `us`: who holds this phone. */
export function callerWords(
  event: CallerEvent,
  style: Style,
  us = 'the caller',
): { readonly who: Who; readonly text: string } | null {
  switch (event.type) {
    case 'calling':
      return { who: 'line', text: `calls ${printable(event.to)} over ${event.transport.toUpperCase()}` }
    case 'called':
      return { who: 'line', text: `rings: ${printable(event.from)} calls ${printable(event.to)}` }
    case 'ringing': {
      const media = event.earlyMedia ? ', early media' : ''
      return { who: 'line', text: `${event.status} ${printable(event.reason)}${media}` }
    }
    case 'waiting': {
      const until = `given up ${duration(event.limitMs)} after the INVITE`
      return event.heard
        ? { who: 'line', text: `waits for an answer: the other side has the call, ${until}` }
        : {
            who: 'line',
            text: style.yellow(
              `waits for a sign of ${event.at} over ${event.transport.toUpperCase()}, ${until}: right address, no firewall, and are we a peer of its trunk?`,
            ),
          }
    }
    case 'answered': {
      const keys = event.keys ? '' : ', no telephone-event'
      return { who: 'line', text: `answered after ${duration(event.ms)}: ${event.law} with ${event.remote}${keys}` }
    }
    case 'heard-start':
      return { who: 'agent', text: 'is heard' }
    case 'heard-stop': {
      const items = event.items?.map(i => `item ${i.item} to ${duration(i.endMs)}${gaps(i.missing)}`) ?? []
      const what = items.length > 0 ? `: ${items.join(', ')}` : ''
      return event.interrupted && what === ''
        ? null
        : { who: 'agent', text: `is silent, after ${duration(event.forMs)}${what}` }
    }
    case 'heard-key':
      return { who: 'agent', text: `presses ${event.digit} for ${duration(event.forMs)}` }
    case 'say':
      return { who: 'caller', text: `“${printable(event.what)}”${event.over ? style.yellow(' over the agent') : ''}` }
    case 'said':
      return null
    case 'key':
      return { who: 'caller', text: `presses ${event.digit}` }
    case 'barge-in':
      return {
        who: 'agent',
        text: style.yellow(`is silent ${duration(event.silentAfterMs)} after the caller's first sound`),
      }
    case 'hold':
      return { who: event.by, text: 'holds the call' }
    case 'resume':
      return { who: event.by, text: 'resumes the call' }
    case 'media':
      return { who: 'line', text: `media is ${event.law} with ${event.remote} now` }
    case 'expected':
      return event.ok
        ? { who: 'caller', text: style.green(`✓ ${printable(event.what)}`) }
        : { who: 'caller', text: style.red(`✗ ${printable(event.what)}: ${event.seen}`) }
    case 'fault':
      return { who: 'line', text: style.red(`${event.code}: ${printable(event.detail)}`) }
    case 'ended':
    default:
      return { who: 'line', text: endWords(event, us) }
  }
}

export function endWords(event: Extract<CallerEvent, { type: 'ended' }>, us = 'the caller'): string {
  const who = event.by === 'remote' ? 'the other side' : us
  const reason = event.reason === null ? '' : ` (${printable(event.reason)})`
  switch (event.cause) {
    case 'bye':
      return `${who} hangs up after ${duration(event.ms)}${reason}`
    case 'rejected':
      return `refused with ${event.status ?? '?'}${reason}`
    case 'cancelled':
      return `given up before an answer${reason}`
    case 'unreachable':
    case 'timeout':
      return event.cause === 'timeout' ? 'nobody answered in time' : 'nobody takes the call there'
    default:
      return `ended: ${event.cause}${event.status === null ? '' : ` ${event.status}`}${reason}`
  }
}

function gaps(missing: number): string {
  return missing === 0 ? '' : ` (${missing * 20} ms missing)`
}
