import { expect, it } from 'vitest'
import { render } from './variables.ts'

const variables = { clinic: 'Acme Dental', nested: '{{clinic}}', empty: '' }

it.each([
  ['{{clinic}}, hello', 'Acme Dental, hello', []],
  ['{{ clinic }}{{clinic}}', 'Acme DentalAcme Dental', []],
  ['no braces, { one }, }} and {{', 'no braces, { one }, }} and {{', []],
  ['\\{{clinic}}', '{{clinic}}', []],
  ['{{nested}}', '{{clinic}}', []],
  ['[{{empty}}]', '[]', []],
  ['{{who}} and {{who}} at {{clinic}} {{when}}', '{{who}} and {{who}} at Acme Dental {{when}}', ['who', 'when']],
  ['{{constructor}} {{__proto__}}', '{{constructor}} {{__proto__}}', ['constructor', '__proto__']],
  ['{{}}', '{{}}', ['']],
])('%j', (template, text, unknown) => {
  expect(render(template, variables)).toEqual({ text, unknown })
})

it('takes $ in a value as it stands', () => {
  expect(render('{{price}}', { price: "$& $1 $'" }).text).toBe("$& $1 $'")
})
