import { expect, it } from 'vitest'
import { dialRefusal } from './dialled-number.ts'

const rules = { allowedPrefixes: ['+1415', '2', '+44', '112'], host: 'pbx.acme' }

it.each([
  [{ number: '+14155550199' }, null],
  [{ number: '201' }, null],
  [{ uri: 'sip:desk@pbx.acme' }, null],
  [{ uri: 'sip:desk@PBX.acme:5070;transport=tcp' }, null],
  [{ number: '+15105550199' }, 'prefix'],
  [{ number: '112' }, 'emergency'],
  [{ number: '9112' }, 'emergency'],
  [{ uri: 'sip:1-1-2@pbx.acme' }, 'emergency'],
  [{ uri: 'sip:%31%31%32@pbx.acme' }, 'emergency'],
  [{ number: '+449012345678' }, 'premium'],
  [{ uri: 'sip:00449012345678@pbx.acme' }, 'premium'],
  [{ uri: 'sip:desk@elsewhere.example' }, 'host'],
  [{ uri: 'tel:911' }, 'host'],
  [{}, 'host'],
] as const)('%j: %s', (to, refusal) => {
  expect(dialRefusal(to, rules)).toBe(refusal)
})
