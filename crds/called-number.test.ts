import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byNarrowness, calledForms, contend, covers, spanOf, within } from './called-number.ts'

const uk = { countryCode: '44', nationalPrefix: '0', internationalPrefix: '00' }
const us = { countryCode: '1', internationalPrefix: '011' }

describe('what was dialled', () => {
  it.each([
    ['+14155550100', {}, '+14155550100'],
    ['14155550100', {}, '+14155550100'],
    ['+1 (415) 555-0100', {}, '+14155550100'],
    ['+1-415-555-0100;phone-context=x', {}, '+14155550100'],
    ['%2B14155550100', {}, '+14155550100'],
    ['02079460000', uk, '+442079460000'],
    ['00442079460000', uk, '+442079460000'],
    ['0014155550100', uk, '+14155550100'],
    ['4155550100', us, '+14155550100'],
    ['01144207946000', us, '+44207946000'],
    ['1001', {}, '1001'],
    ['*21', {}, '*21'],
    ['reception', {}, 'reception'],
    ['Reception', {}, 'Reception'],
  ])('%s may mean %s', (user, plan, meant) => {
    expect(calledForms(user, plan)).toContain(meant)
  })

  it.each([
    ['1001', {}, '+1001'],
    ['4155550100', {}, '+14155550100'],
    ['02079460000', {}, '+442079460000'],
    ['02079460000', uk, '+4402079460000'],
    ['reception', {}, 'Reception'],
    ['a%20b', {}, 'ab'],
  ])('%s never means %s', (user, plan, other) => {
    expect(calledForms(user, plan)).not.toContain(other)
  })

  it('the literal reading comes first, and nothing twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[0-9]{1,15}$/), user => {
        const forms = calledForms(user, uk)
        expect(forms[0]).toBe(user)
        expect(new Set(forms).size).toBe(forms.length)
      }),
    )
  })
})

const range = (text: string) => spanOf({ range: text })

describe('spans', () => {
  it.each([
    ['+14155550100-+14155550199', '+14155550150', true],
    ['+14155550100-+14155550199', '+14155550200', false],
    ['1000-1099', '10500', false],
    ['1000-1099', '1050', true],
    ['+1415*', '+14155550100', true],
    ['+1415*', '+1415', true],
    ['+1415*', '+1416', false],
    ['*', 'reception', false],
    ['*', '1001', true],
    ['+14155550100', '+14155550100', true],
  ])('%s covers %s: %s', (text, called, covered) => {
    expect(covers(range(text), called)).toBe(covered)
  })

  it.each([
    ['+1*', '+14155550100-+14155550199', true],
    ['+1415*', '+1*', false],
    ['+1*', '+1415*', true],
    ['1000-1099', '1050', true],
    ['1050', '1000-1099', false],
    ['1000-1099', '1090-1110', false],
  ])('%s holds all of %s: %s', (outer, inner, all) => {
    expect(within(range(outer), range(inner))).toBe(all)
  })

  it.each([
    ['1000-1099', '1000-1099', true],
    ['1000-1099', '1050-1150', true],
    ['1000-1099', '1050', false],
    ['1000-1099', '1100-1199', false],
    ['+1415*', '+1*', false],
    ['12*', '1190-1210', true],
    ['12*', '1200-1210', false],
    ['12*', '1300-1310', false],
    ['+1415*', '+1415*', true],
  ])('%s and %s contend: %s', (a, b, both) => {
    expect(contend(range(a), range(b))).toBe(both)
    expect(contend(range(b), range(a))).toBe(both)
  })

  it('a user contends with itself alone', () => {
    expect(contend(spanOf({ user: 'desk' }), spanOf({ user: 'desk' }))).toBe(true)
    expect(contend(spanOf({ user: '1001' }), spanOf({ number: '1001' }))).toBe(false)
  })

  it('the narrowest comes first', () => {
    const spans = ['*', '+1*', '+1415*', '+14155550100-+14155550199', '+14155550100'].map(range)
    expect(spans.toSorted(byNarrowness)).toEqual(spans.toReversed())
  })

  it('contend exactly when they share a number and neither holds the other', () => {
    const ends = fc.tuple(fc.integer({ min: 100, max: 130 }), fc.nat(12))
    fc.assert(
      fc.property(ends, ends, ([a, n], [b, m]) => {
        const numbers = (from: number, more: number) => Array.from({ length: more + 1 }, (_, i) => String(from + i))
        const [as, bs] = [numbers(a, n), numbers(b, m)]
        const shared = as.filter(x => bs.includes(x)).length
        const nested = (shared === as.length) !== (shared === bs.length)
        expect(contend(range(`${a}-${a + n}`), range(`${b}-${b + m}`))).toBe(shared > 0 && !nested)
      }),
    )
  })
})
