import { expect, test } from 'vitest'
import { addressOf, DEFAULT_BASE } from './address.ts'

test.each([
  [DEFAULT_BASE, 'wss://api.openai.com/v1/realtime?model=m'],
  ['https://api.openai.com/v1', 'wss://api.openai.com/v1/realtime?model=m'],
  ['https://eu.api.openai.com/v1/', 'wss://eu.api.openai.com/v1/realtime?model=m'],
  ['http://127.0.0.1:8080', 'ws://127.0.0.1:8080/v1/realtime?model=m'],
  ['ws://127.0.0.1:8080/', 'ws://127.0.0.1:8080/v1/realtime?model=m'],
  ['wss://h/openai/v1/realtime/', 'wss://h/openai/v1/realtime?model=m'],
  ['https://h/v1?api-version=3&model=other#x', 'wss://h/v1/realtime?api-version=3&model=m'],
])('%s → %s', (base, url) => {
  expect(addressOf(base, 'm')?.href).toBe(url)
})

test('a model’s name is escaped', () => {
  expect(addressOf(DEFAULT_BASE, 'a&b=c d')?.search).toBe('?model=a%26b%3Dc+d')
})

test.each([
  '',
  'api.openai.com',
  'ftp://h',
  'file:///etc/passwd',
  'https://user@h',
  'https://user:pw@h',
  'https://:pw@h',
])('no address: %s', base => {
  expect(addressOf(base, 'm')).toBeNull()
})
