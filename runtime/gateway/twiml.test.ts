/** Judged by the vendor's own package: what it would write for the same. */
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { connectTo, dialTo, hangup, reject } from './twiml.ts'

const { VoiceResponse } = twilio.twiml

describe('TwiML is as the vendor’s package writes it', () => {
  test('a call that is handed to a number', () => {
    const theirs = new VoiceResponse()
    const action = 'https://voice.example.com/carriers/a/b/dial/1?x=1&y=2'
    const statusCallback = 'https://voice.example.com/carriers/a/b/dial/1/status'
    theirs
      .dial({ action, method: 'POST', timeout: 20, callerId: '+14155550100', ringTone: 'us' })
      .number(
        { statusCallback, statusCallbackEvent: ['ringing', 'answered'], statusCallbackMethod: 'POST' },
        '+14155550199',
      )
    const ours = { number: '+14155550199', callerId: '+14155550100', ringS: 20, ringTone: 'us', action, statusCallback }
    expect(dialTo(ours)).toBe(theirs.toString())
  })

  test('a call that comes back', () => {
    const theirs = new VoiceResponse()
    theirs.connect().stream({ url: 'wss://voice.example.com/m/abc', statusCallback: 'https://voice.example.com/s' })
    const ours = connectTo({ url: 'wss://voice.example.com/m/abc', statusCallback: 'https://voice.example.com/s' })
    expect(ours).toBe(theirs.toString())
  })

  test('one that ends, and one that is not taken', () => {
    const over = new VoiceResponse()
    over.hangup()
    expect(hangup()).toBe(over.toString())
    const busy = new VoiceResponse()
    busy.reject({ reason: 'busy' })
    expect(reject(true)).toBe(busy.toString())
  })
})
