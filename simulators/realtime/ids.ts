import { randomBytes } from 'node:crypto'

/** An id in the vendor's shape: `event_…`, `item_…`, `resp_…`, `sess_…`, `call_…`, `conv_…`. */
export function newId(prefix: 'event' | 'item' | 'resp' | 'sess' | 'call' | 'conv' | 'fault'): string {
  return `${prefix}_${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 20)}`
}
