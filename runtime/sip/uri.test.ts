import { describe, expect, it } from 'vitest'
import { isIpv4, isIpv6, parseDigits, parseHostPort, parseUri } from './uri.ts'

describe('parseUri', () => {
  it.each([
    ['sip:+14155550100@example.com', { scheme: 'sip', user: '+14155550100', host: 'example.com', port: null }],
    ['SIP:Alice@Example.COM:5070', { scheme: 'sip', user: 'Alice', host: 'example.com', port: 5070 }],
    ['sip:example.com', { user: '', host: 'example.com' }],
    [
      'sips:a@[2001:db8::10]:5061;transport=tcp;lr',
      { scheme: 'sips', host: '2001:db8::10', port: 5061, parameters: { transport: 'tcp', lr: '' } },
    ],
    ['sip:a%20b@h.example', { user: 'a b' }],
    ['sip:alice:secret@192.0.2.4', { user: 'alice', host: '192.0.2.4' }],
    ['sip:+1415;npdi;rn=5@h;user=phone', { user: '+1415;npdi;rn=5', host: 'h', parameters: { user: 'phone' } }],
    ['sip:h?subject=x&to=sip:a', { host: 'h' }],
    ['sip:a/b?c@h', { user: 'a/b?c' }],
    ['tel:+1-415-555.0100;ext=22', { scheme: 'tel', user: '+14155550100', host: '', parameters: { ext: '22' } }],
    ['tel:7042;phone-context=example.com', { user: '7042' }],
  ])('%s', (text, expected) => {
    expect(parseUri(text)).toMatchObject(expected)
  })

  it.each([
    ['sip:', 'malformed'],
    ['sip:@h', 'malformed'],
    ['sip:a@', 'malformed'],
    ['sip:a@h:0', 'malformed'],
    ['sip:a@h:99999', 'malformed'],
    ['sip:a@h:50 60', 'malformed'],
    ['sip:a@[::1', 'malformed'],
    ['sip:a@[1::2::3]', 'malformed'],
    ['sip:a@h_ö', 'malformed'],
    ['<sip:a@h>', 'malformed'],
    ['sip:%zz@h', 'malformed'],
    ['tel:+', 'malformed'],
    ['tel:12x', 'malformed'],
    ['nobodyKnowsThisScheme:totallyopaquecontent', 'scheme'],
    ['http://example.com', 'scheme'],
    [`sip:${'a'.repeat(2000)}@h`, 'too-long'],
    ['', 'malformed'],
  ])('refuses %s', (text, problem) => {
    expect(parseUri(text)).toBe(problem)
  })

  it('no parameter is the name of something every object has', () => {
    const uri = parseUri('sip:h;constructor=1')
    const parameters = typeof uri === 'string' ? {} : uri.parameters
    expect(parameters['constructor']).toBe('1')
    expect(parameters['toString']).toBeUndefined()
  })
})

it('addresses', () => {
  expect(['192.0.2.1', '0.0.0.0', '255.255.255.255'].every(isIpv4)).toBe(true)
  expect(['1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '1..2.3'].some(isIpv4)).toBe(false)
  expect(['::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:192.0.2.1'].every(isIpv6)).toBe(true)
  expect([':', '1:2', ':::', '1:2:3:4:5:6:7:8:9', '12345::', '::g', '1::2::3', '::1.2.3'].some(isIpv6)).toBe(false)
  expect(parseHostPort('h:5060')).toEqual({ host: 'h', port: 5060 })
  expect(parseHostPort('[::1]5060')).toBeNull()
  expect(parseDigits('007', 10)).toBe(7)
  expect([parseDigits('', 9), parseDigits('-1', 9), parseDigits('10', 9), parseDigits('99999999999', 1e12)]).toEqual([
    null,
    null,
    null,
    null,
  ])
})
