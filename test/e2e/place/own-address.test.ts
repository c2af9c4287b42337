import { describe, expect, it } from 'vitest'
import { ownAddress, unfitFor } from './own-address.ts'

const OWN = ['127.0.0.1', '192.0.2.7', '2001:db8::7']

describe('the address of this machine that pods reach', () => {
  it.each([
    ['192.0.2.7', null],
    ['127.0.0.1', 'is reached from this machine alone'],
    ['192.0.2.8', 'is no address of this machine (127.0.0.1, 192.0.2.7, 2001:db8::7)'],
    ['2001:db8::7', 'is no IPv4 address'],
    ['laptop.example', 'is no IPv4 address'],
  ])('%s', (address, why) => {
    expect(unfitFor(address, OWN)).toBe(why)
  })

  it('is not guessed where the way to the nodes is loopback: it says what to set', async () => {
    await expect(ownAddress(undefined, '127.0.0.1')).rejects.toThrow(
      /reached from this machine alone.*SWITCHBOARD_E2E_HOST/,
    )
  })
})
