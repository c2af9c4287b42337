/** Callers on their way to a person. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

export const transfers: readonly Break[] = [
  {
    name: 'ringback-missing',
    about: 'a caller hears nothing while the person’s phone rings',
    file: 'runtime/call/bridge.ts',
    find: '  toneDo(s, early ? null : (destinationOf(s.call, transfer.destination)?.ringback ?? null))\n',
    replace: '',
    caughtBy: tests('runtime/call/transfer.test.ts'),
    expect: /hears it ring/,
  },
  {
    name: 'one-way-audio',
    about: 'the caller hears the person, who does not hear the caller',
    file: 'runtime/call/bridge.ts',
    find: '  routeLegs(s, call.caller, leg)\n',
    replace: '',
    caughtBy: tests('runtime/call/transfer.test.ts'),
    expect: /hears it ring, then the far end, then the person, and is heard/,
  },
  {
    name: 'second-leg-left',
    about: 'a caller who hangs up leaves the person’s phone ringing',
    file: 'runtime/call/let-go.ts',
    find: "  legDo(s, { do: 'hangUp', why: { code: 'hangup', by: 'switchboard' } }, leg)\n",
    replace: '',
    caughtBy: tests('runtime/call/transfer.test.ts'),
    expect: /takes the second leg with them/,
  },
  {
    name: 'emergency-dialled',
    about: 'an emergency number is dialled when its prefix is allowed',
    file: 'crds/dialled-number.ts',
    find: 'return refusalOf(number) ?? (rules',
    replace: 'return (rules',
    caughtBy: tests('crds/dialled-number.test.ts'),
    expect: /emergency/,
  },
]
