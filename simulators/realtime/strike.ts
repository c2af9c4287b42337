import type { WebSocket } from 'ws'
import type { Fault } from './faults.ts'
import { newId } from './ids.ts'
import type { Outbox } from './outbox.ts'

/** Makes a fault of the wire happen. Those of a response or an upgrade happen where these are made. */
export function strike(fault: Fault, socket: WebSocket, out: Outbox): void {
  switch (fault.kind) {
    case 'drop':
      return fault.code === undefined ? socket.terminate() : socket.close(fault.code)
    case 'stall':
      return out.stall(fault.ms)
    case 'error': {
      const { type, code, message } = fault
      return out.emit({ type: 'error', error: { type, code, message, param: null, event_id: null } })
    }
    case 'garbage':
      return out.raw(GARBAGE[fault.form]())
    case 'expire':
    case 'slow':
    case 'empty':
    case 'failed':
    case 'incomplete':
    case 'refuse':
    case 'slowStart':
    case 'speech':
  }
}

const GARBAGE = {
  event: () => JSON.stringify({ type: 'response.nobody_knows.delta', event_id: newId('event') }),
  text: () => '{"type": "response.output_audio.del',
  binary: () => Buffer.from([0, 1, 2, 255]),
} as const
