import { expect, it } from 'vitest'
import { type Feet, kamailioConfig, routesIn, rtpengineFlags, workersList } from './edge-files.ts'
import { FEET } from './plan.ts'

const HERE: Feet = { outside: '127.0.0.1', inside: '192.0.2.7', port: 17_001, control: 17_002 }

it('lists workers as Kamailio reads them', () => {
  expect(workersList(['10.88.1.5:5060', '10.88.2.7:5060'])).toBe('1 sip:10.88.1.5:5060\n1 sip:10.88.2.7:5060\n')
  expect(workersList([])).toBe('')
})

it('reads from the log which workers were asked to take a call', () => {
  const log = [
    ' 3(71) ALERT: <script>: route a@198.51.100.20 of +14155550001 to sip:10.88.1.5:5060',
    ' 3(71) WARNING: tm: something else',
    ' 4(72) ALERT: <script>: route a@198.51.100.20 of +14155550001 to sip:10.88.2.7:5060',
  ].join('\n')
  expect(routesIn(log)).toEqual([
    { callId: 'a@198.51.100.20', from: '+14155550001', worker: '10.88.1.5:5060' },
    { callId: 'a@198.51.100.20', from: '+14155550001', worker: '10.88.2.7:5060' },
  ])
})

it('remembers the other workers of a set: without them a call to one that is dead is refused', () => {
  expect(kamailioConfig('/x', FEET)).toContain('modparam("dispatcher", "flags", 2)')
})

it('keeps both feet apart: each has a socket and an interface for media of its own', () => {
  const listens = kamailioConfig('/x', FEET).match(/^listen=udp:.*$/gm)
  expect(listens).toEqual(['listen=udp:198.51.100.10:5060', 'listen=udp:10.77.0.21:5060'])
  expect(rtpengineFlags('/x', FEET).filter(flag => flag.startsWith('--interface'))).toEqual([
    '--interface=outside/198.51.100.10',
    '--interface=inside/10.77.0.21',
  ])
})

it('stands where it is told to, so that it can be on a machine that is not its own', () => {
  const config = kamailioConfig('/x', HERE)
  const flags = rtpengineFlags('/x', HERE)
  expect(config.match(/^listen=.*$/gm)).toEqual([
    'listen=udp:127.0.0.1:17001',
    'listen=tcp:127.0.0.1:17001',
    'listen=udp:192.0.2.7:17001',
    'listen=tcp:192.0.2.7:17001',
  ])
  // Who is a caller is asked in three places, and always of the foot outside.
  expect(config.match(/\$Ri [!=]= "[^"]+"/g)).toEqual([
    '$Ri != "127.0.0.1"',
    '$Ri == "127.0.0.1"',
    '$Ri == "127.0.0.1"',
  ])
  expect(config).toContain('"rtpengine_sock", "udp:127.0.0.1:17002"')
  expect(flags).toContain('--listen-ng=127.0.0.1:17002')
  expect(flags.filter(flag => flag.startsWith('--interface'))).toEqual([
    '--interface=outside/127.0.0.1',
    '--interface=inside/192.0.2.7',
  ])
  for (const text of [config, flags.join(' ')]) expect(text).not.toMatch(/198[.]51|10[.]77/)
})
