import { defineError } from '#errors/registry.ts'

export const callerErrors = {
  badScript: defineError(
    'SB_CALLER_BAD_SCRIPT',
    'the caller’s script %s cannot be used: %s',
    'Steps are say, listen, wait, interrupt, keys, hold, expect and hangUp: `switchboard call --help` shows one.',
  ),
  badAudio: defineError(
    'SB_CALLER_BAD_AUDIO',
    '%s cannot be played: %s',
    'Use a WAV file (PCM16 or G.711), a .ul file (µ-law, 8 kHz), or one of the caller’s clips.',
  ),
  badUri: defineError(
    'SB_CALLER_BAD_URI',
    '%s cannot be called: %s',
    'Write it as sip:+14155550100@127.0.0.1:5060, with ;transport=tcp for TCP.',
  ),
  noHost: defineError(
    'SB_CALLER_NO_HOST',
    'the host %s is not found: %s',
    'Check the name, or give an address: sip:NUMBER@ADDRESS:PORT.',
  ),
  refused: defineError(
    'SB_CALLER_REFUSED',
    'nobody takes calls at %s over %s (%s)',
    'Check that it runs there, on that port and over that transport: a worker prints the address to call when it is ready.',
  ),
  noAnswer: defineError(
    'SB_CALLER_NO_ANSWER',
    'no answer at all from %s over %s in %s s; we called from %s',
    'Check address and port, firewalls on the way, and that the peers of its trunk include the address we call from: strangers get no answer.',
  ),
  noPort: defineError(
    'SB_CALLER_NO_PORT',
    'the caller found no free port on %s: %s',
    'Close what holds the ports, or check that the address is one of this machine.',
  ),
}
