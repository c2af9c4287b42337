import { expect, it } from 'vitest'
import { kamailioConfig, routesIn, rtpengineFlags, workersList } from './edge-files.ts'

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
  expect(kamailioConfig('/x')).toContain('modparam("dispatcher", "flags", 2)')
})

it('keeps both feet apart: each has a socket and an interface for media of its own', () => {
  const listens = kamailioConfig('/x').match(/^listen=udp:.*$/gm)
  expect(listens).toEqual(['listen=udp:198.51.100.10:5060', 'listen=udp:10.77.0.21:5060'])
  expect(rtpengineFlags('/x').filter(flag => flag.startsWith('--interface'))).toEqual([
    '--interface=outside/198.51.100.10',
    '--interface=inside/10.77.0.21',
  ])
})
