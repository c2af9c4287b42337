import { expect, test } from 'vitest'
import { behaviour } from '#crds/behaviour.ts'
import { candidatesOf } from '#crds/models.ts'
import { clipsOf, policyOf, sessionConfigOf } from './behaviour-to-policy.ts'

const LEAST = {
  instructions: 'Answer.',
  model: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1' } },
}

test('the defaults of the API, in milliseconds', () => {
  expect(policyOf(behaviour.parse(LEAST))).toMatchInlineSnapshot(`
    {
      "answerWithinMs": 15000,
      "bargeIn": {
        "enabled": true,
        "minSpeechMs": 200,
      },
      "deadAir": {
        "afterMs": 5000,
        "then": {
          "say": {
            "clip": "builtin:apology",
            "interruptible": false,
          },
          "then": {
            "hangUp": true,
          },
        },
      },
      "drainEnd": {
        "say": {
          "clip": "builtin:goodbye",
          "interruptible": false,
        },
        "then": {
          "hangUp": true,
        },
      },
      "dtmf": {
        "enabled": true,
        "gapMs": 2000,
        "terminator": "#",
      },
      "endCall": {
        "enabled": false,
        "goodbyeMs": 0,
      },
      "history": {
        "maxChars": 24000,
        "maxTurns": 60,
      },
      "limits": {
        "holdMs": 600000,
        "maxMs": 1800000,
        "maxThen": {
          "then": {
            "hangUp": true,
          },
        },
        "mediaLostMs": 30000,
      },
      "models": [
        {
          "model": "gpt-realtime-2.1",
          "name": "main",
          "provider": "OpenAI",
        },
      ],
      "readyWithinMs": 5000,
      "responses": "provider",
      "silence": {
        "afterMs": 60000,
        "prompts": [],
        "then": {
          "then": {
            "hangUp": true,
          },
        },
      },
      "tools": [],
      "transcripts": false,
      "unavailable": {
        "say": {
          "clip": "builtin:apology",
          "interruptible": false,
        },
        "then": {
          "hangUp": true,
        },
      },
      "waiting": {
        "afterMs": 4000,
        "everyMs": 5000,
        "say": {
          "clip": "builtin:waiting",
          "interruptible": true,
        },
      },
    }
  `)
})

test('what an agent declares is what the machine is told', () => {
  const policy = policyOf(
    behaviour.parse({
      ...LEAST,
      model: { ...LEAST.model, responses: 'Switchboard' },
      greeting: { text: 'Hello', interruptible: false },
      unavailable: { after: '3s', say: { clip: 'builtin:apology' }, then: { reject: 486 } },
      silence: {
        after: '10s',
        prompts: [{ text: 'Still there?' }],
        then: { say: { text: 'Bye' }, then: { hangUp: {} } },
      },
      dtmf: { terminator: '', gap: '500ms' },
      callControl: { endCall: { goodbye: '4s' } },
      limits: { call: { max: '1h30m' } },
      data: { transcripts: 'On' },
      tools: [{ name: 'a', description: 'A', http: { url: 'http://a', timeout: '2500ms' } }],
    }),
    { say: { clip: 'builtin:goodbye', interruptible: false, verbatim: false }, then: { hangUp: {} } },
  )
  expect(policy).toMatchObject({
    responses: 'switchboard',
    greeting: { text: 'Hello', interruptible: false },
    answerWithinMs: 3000,
    unavailable: { say: { clip: 'builtin:apology', interruptible: false }, then: { reject: 486 } },
    silence: { afterMs: 10_000, prompts: [{ text: 'Still there?', interruptible: true }] },
    dtmf: { enabled: true, gapMs: 500, terminator: null },
    endCall: { enabled: true, goodbyeMs: 4000 },
    limits: { maxMs: 5_400_000 },
    transcripts: true,
    tools: [{ name: 'a', effect: 'Write', timeoutMs: 2500 }],
    drainEnd: { say: { clip: 'builtin:goodbye' }, then: { hangUp: true } },
  })
  expect(clipsOf(policy).sort()).toEqual(['builtin:apology', 'builtin:goodbye', 'builtin:waiting'])
})

test('vendor fields travel as they stand, and the session speaks the law of the call', () => {
  const content = behaviour.parse({
    ...LEAST,
    model: { ...LEAST.model, openAI: { ...LEAST.model.openAI, voice: 'cedar', extra: { x_new: [1] } } },
  })
  const config = sessionConfigOf(content, candidatesOf(content.model)[0], { encoding: 'pcma', rateHz: 8000 }, [], {
    call: 'c1',
  })
  expect(config).toMatchObject({
    model: 'gpt-realtime-2.1',
    format: { encoding: 'pcma' },
    vendor: { voice: 'cedar', extra: { x_new: [1] } },
    metadata: { call: 'c1' },
  })
})
