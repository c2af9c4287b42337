import * as fc from 'fast-check'
import type { RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime'
import { describe, expect, test } from 'vitest'
import type { SessionConfig } from '#runtime/call/ports.ts'
import { autoRespondUpdate, sessionUpdate, turnDetectionOf } from './session-update.ts'

const TOOL = { name: 'find', description: 'Finds.', parameters: { type: 'object', properties: {} } }
const CONFIG: SessionConfig = {
  model: 'gpt-realtime-2.1',
  instructions: 'Be kind.',
  tools: [TOOL],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: {},
  metadata: {},
}
const update = (over: Partial<SessionConfig>, create = true) =>
  sessionUpdate({ ...CONFIG, ...over }, create).session as RealtimeSessionCreateRequest

describe('session.update', () => {
  test('of an agent that declares nothing', () => {
    expect(sessionUpdate(CONFIG, true)).toEqual({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'Be kind.',
        output_modalities: ['audio'],
        tools: [{ type: 'function', ...TOOL }],
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            turn_detection: { type: 'server_vad', create_response: true, interrupt_response: false },
          },
          output: { format: { type: 'audio/pcmu' } },
        },
      },
    })
  })

  test('of an agent that declares all', () => {
    const vendor = {
      model: 'gpt-realtime-2.1',
      voice: 'cedar',
      speed: 1.1,
      turnDetection: { type: 'semantic_vad', eagerness: 'high' },
      transcription: { model: 'gpt-4o-mini-transcribe', language: 'de' },
      noiseReduction: 'FarField',
      maxOutputTokens: 900,
      reasoning: { effort: 'XHigh' },
      baseURL: 'https://example.test/v1',
    }
    expect(update({ vendor, format: { encoding: 'pcma', rateHz: 8000 } }, false)).toEqual({
      type: 'realtime',
      instructions: 'Be kind.',
      output_modalities: ['audio'],
      tools: [{ type: 'function', ...TOOL }],
      max_output_tokens: 900,
      reasoning: { effort: 'xhigh' },
      audio: {
        input: {
          format: { type: 'audio/pcma' },
          transcription: { model: 'gpt-4o-mini-transcribe', language: 'de' },
          noise_reduction: { type: 'far_field' },
          turn_detection: {
            type: 'semantic_vad',
            eagerness: 'high',
            create_response: false,
            interrupt_response: false,
          },
        },
        output: { format: { type: 'audio/pcma' }, voice: 'cedar', speed: 1.1 },
      },
    })
  })

  test('PCM is 24 kHz', () => {
    const { audio } = update({ format: { encoding: 'pcm16', rateHz: 24_000 } })
    expect(audio?.input?.format).toEqual({ type: 'audio/pcm', rate: 24_000 })
    expect(audio?.output?.format).toEqual({ type: 'audio/pcm', rate: 24_000 })
  })

  test('extra is laid over what is declared, and under what the bridge relies on', () => {
    const mcp = { type: 'mcp', server_label: 'crm', server_url: 'https://crm.example' }
    const session = update({
      vendor: {
        voice: 'marin',
        extra: {
          model: 'another',
          type: 'transcription',
          truncation: { type: 'retention_ratio', retention_ratio: 0.8 },
          output_modalities: ['text'],
          tools: [mcp, { type: 'function', name: 'find', description: 'not ours' }],
          audio: {
            input: { format: { type: 'audio/pcm' }, turn_detection: { threshold: 0.7, interrupt_response: true } },
            output: { voice: { id: 'voice_1' } },
          },
        },
      },
    })
    expect(session).toMatchObject({
      type: 'realtime',
      output_modalities: ['audio'],
      truncation: { type: 'retention_ratio', retention_ratio: 0.8 },
      tools: [{ type: 'function', ...TOOL }, mcp],
      audio: {
        input: { format: { type: 'audio/pcmu' }, turn_detection: { threshold: 0.7, interrupt_response: false } },
        output: { voice: { id: 'voice_1' } },
      },
    })
    expect(session.tools).toHaveLength(2)
    expect(session).not.toHaveProperty('model')
  })

  test('whatever an agent declares, the bridge’s own rules hold', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('audio', 'type', 'tools', 'turnDetection', 'extra', 'x'), fc.jsonValue()),
        v => {
          for (const vendor of [v, { extra: v }, { extra: { audio: v } }, { extra: { audio: { input: v } } }]) {
            const session = update({ vendor })
            expect(session.type).toBe('realtime')
            expect(session.audio?.input?.format).toEqual({ type: 'audio/pcmu' })
            expect(session.audio?.output?.format).toEqual({ type: 'audio/pcmu' })
            expect(session.audio?.input?.turn_detection).toMatchObject({
              create_response: true,
              interrupt_response: false,
            })
            expect(session.tools?.[0]).toEqual({ type: 'function', ...TOOL })
          }
        },
      ),
    )
  })

  test('toggling the responder repeats the turn detection, and nothing else', () => {
    const vendor = { turnDetection: { type: 'server_vad', silence_duration_ms: 700 } }
    expect(autoRespondUpdate(turnDetectionOf({ ...CONFIG, vendor }, true), false)).toEqual({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: {
          input: {
            turn_detection: {
              type: 'server_vad',
              silence_duration_ms: 700,
              create_response: false,
              interrupt_response: false,
            },
          },
        },
      },
    })
  })
})
