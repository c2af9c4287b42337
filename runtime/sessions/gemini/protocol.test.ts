import { describe, expect, test } from 'vitest'
import type { Resume, SessionCommand, SessionConfig, Turn } from '#runtime/call/ports.ts'
import { command, configure } from './commands.ts'
import { heardStart, heardStop } from './hearing.ts'
import { receive } from './protocol.ts'
import { createState, type GeminiState, type Out } from './state.ts'

const CONFIG: SessionConfig = {
  model: 'gemini-3.8-live',
  instructions: 'You are the receptionist.',
  tools: [{ name: 'find', description: 'Finds.', parameters: { type: 'object' } }],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: { voice: 'Kore' },
  metadata: {},
}
/** 40 ms at 24 kHz. */
const SOUND = Buffer.alloc(1920).toString('base64')
const sound = {
  serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: SOUND } }] } },
}
const over = { serverContent: { turnComplete: true } }
const generated = { serverContent: { generationComplete: true } }
const cut = { serverContent: { interrupted: true } }
const say = (text: string) => ({ serverContent: { outputTranscription: { text } } })
const call = (...names: string[]) => ({
  toolCall: { functionCalls: names.map(name => ({ id: `id-${name}`, name, args: { a: 1 } })) },
})

class Talk {
  readonly state: GeminiState
  readonly out: Out = { events: [], send: [] }

  constructor(over: Partial<SessionConfig> = {}, history: readonly Turn[] = [], resume?: Resume) {
    this.state = createState({ ...CONFIG, ...over }, history, resume, 'g')
    configure(this.state, this.out)
  }

  static ready(over: Partial<SessionConfig> = {}): Talk {
    const talk = new Talk(over)
    talk.got({ setupComplete: {} })
    talk.take()
    return talk
  }

  got(...messages: object[]): this {
    for (const message of messages) receive(this.state, message, this.out)
    return this
  }

  send(...commands: SessionCommand[]): this {
    for (const c of commands) command(this.state, c, this.out)
    return this
  }

  hears(started: boolean): this {
    if (started) heardStart(this.state, this.out)
    else heardStop(this.state, this.out)
    return this
  }

  take(): Out {
    return { events: this.out.events.splice(0), send: this.out.send.splice(0) }
  }

  /** Events in short. */
  told(): string[] {
    return this.take().events.map(e => {
      if (e.type === 'responseStarted') return `+${e.response}`
      if (e.type === 'responseDone')
        return `-${e.response} ${e.status}${e.code === undefined ? '' : ` ${e.code}`} ${e.items}/${e.toolCalls}`
      if (e.type === 'speech') return `speech ${e.started} ${e.item}`
      if (e.type === 'transcript') return `${e.role} ${e.item} ${e.final ? '=' : '+'}${e.text}`
      if (e.type === 'toolCall') return `call ${e.call} ${e.name}${e.args} ${e.response}`
      if (e.type === 'sound' || e.type === 'item' || e.type === 'itemDone') return `${e.type} ${e.item}`
      return 'call' in e ? `${e.type} ${e.call}` : e.type
    })
  }
}

describe('the beginning', () => {
  test('the setup says what the agent declares, in the vendor’s words', () => {
    const setup = new Talk({
      vendor: {
        voice: 'Puck',
        languageCode: 'en-US',
        temperature: 0.5,
        activityDetection: { silenceDurationMs: 700, startOfSpeechSensitivity: 'START_SENSITIVITY_LOW' },
        contextWindowCompression: { triggerTokens: 50_000, targetTokens: 20_000 },
        extra: { proactivity: { proactiveAudio: true }, tools: [{ googleSearch: {} }], model: 'models/other' },
      },
    }).take().send[0]?.setup
    expect(setup).toEqual({
      model: 'models/gemini-3.8-live',
      generationConfig: {
        responseModalities: ['AUDIO'],
        temperature: 0.5,
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } }, languageCode: 'en-US' },
      },
      systemInstruction: { parts: [{ text: 'You are the receptionist.' }] },
      tools: [
        {
          functionDeclarations: [
            { name: 'find', description: 'Finds.', parametersJsonSchema: { type: 'object' }, behavior: 'BLOCKING' },
          ],
        },
        { googleSearch: {} },
      ],
      realtimeInputConfig: {
        automaticActivityDetection: {
          disabled: false,
          silenceDurationMs: 700,
          startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
        },
        activityHandling: 'START_OF_ACTIVITY_INTERRUPTS',
      },
      contextWindowCompression: { triggerTokens: '50000', slidingWindow: { targetTokens: '20000' } },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      proactivity: { proactiveAudio: true },
      sessionResumption: {},
    })
  })

  test('what is empty is left out, and what Switchboard decides is decided', () => {
    const { setup } = new Talk({ tools: [], responses: 'switchboard', bargeIn: false }).take().send[0] ?? {}
    expect(setup).not.toHaveProperty('tools')
    expect(setup?.realtimeInputConfig).toMatchObject({
      automaticActivityDetection: { disabled: true },
      activityHandling: 'NO_INTERRUPTION',
    })
    expect(setup).not.toHaveProperty('historyConfig')
  })

  test('a conversation goes in before anything is said', () => {
    const talk = new Talk({}, [
      { role: 'caller', text: 'I am Ada.' },
      { role: 'agent', text: 'Hello Ada.' },
      { role: 'system', text: 'The tool find answered: ten' },
      { role: 'caller', text: ' ' },
    ])
    expect(talk.take().send[0]?.setup?.historyConfig).toEqual({ initialHistoryInClientContent: true })
    talk.got({ setupComplete: {} })
    const { send, events } = talk.take()
    expect(events).toEqual([{ type: 'ready' }])
    expect(send).toHaveLength(1)
    expect(send[0]?.clientContent?.turnComplete).toBe(true)
    expect(send[0]?.clientContent?.turns?.map(t => t.role)).toEqual(['user', 'model', 'user'])
  })

  test('one that is resumed is given its handle, and nothing twice', () => {
    const talk = new Talk({}, [{ role: 'caller', text: 'I am Ada.' }], { handle: 'h-1', since: [] })
    expect(talk.take().send[0]?.setup).toMatchObject({ sessionResumption: { handle: 'h-1' } })
    expect(talk.got({ setupComplete: {} }).take().send).toEqual([])
  })

  test('and told what was said since, with the next text; until it knows that, its handles are not passed on', () => {
    const since: Turn[] = [
      { role: 'caller', text: 'I am Ada.' },
      { role: 'agent', text: 'One… [interrupted]' },
    ]
    const update = { sessionResumptionUpdate: { newHandle: 'h-2', resumable: true } }
    const talk = new Talk({}, since, { handle: 'h-1', since })
    talk.take()
    talk.got({ setupComplete: {} }, update)
    expect(talk.take()).toEqual({ events: [{ type: 'ready' }], send: [] })
    const text =
      'I am Ada.\n[note, not said by the caller] You said: One… [interrupted]\n(The caller is waiting for you. Go on.)'
    expect(talk.send({ do: 'respond' }).take().send).toEqual([{ realtimeInput: { text } }])
    expect(talk.got(update).told()).not.toContain('resumable')
    expect(talk.got(sound, generated, over, update).told()).toContain('resumable')
  })

  const heardLess = 'Of your last words only this was heard: “We are”'
  test.each<[string, readonly Turn[], readonly string[], string]>([
    ['what was heard', [], [heardLess], `[note, not said by the caller] ${heardLess}`],
    [
      'each once',
      [{ role: 'system', text: 'The tool find answered: 3' }],
      ['The tool find answered: 3'],
      '[note, not said by the caller] The tool find answered: 3',
    ],
    [
      'notes before what was said since',
      [{ role: 'caller', text: 'I am Ada.' }],
      ['a'],
      '[note, not said by the caller] a\nI am Ada.',
    ],
  ])('notes that the session before it was not yet told go with the next text: %s', (_, since, untold, told) => {
    const talk = new Talk({}, since, { handle: 'h-1', since, untold })
    talk.got({ setupComplete: {} }).take()
    const [sent] = talk.send({ do: 'respond', say: 'Hello?' }).take().send
    expect(sent?.realtimeInput?.text?.startsWith(`${told}\n`)).toBe(true)
    expect(sent?.realtimeInput?.text?.split('[note').length).toBe(told.split('[note').length)
    expect(talk.state.notes).toEqual([])
  })

  test('or with the answer of a tool', () => {
    const talk = new Talk({}, [], { handle: 'h-1', since: [], untold: ['a'] })
    talk.got({ setupComplete: {} }, call('find')).take()
    talk.send({ do: 'toolResult', call: 'id-find', output: '3' })
    expect(JSON.stringify(talk.take().send)).toContain('[note, not said by the caller] a')
  })

  test('a handle of one that was given the conversation as text is passed on when it has answered by it: not one of before', () => {
    const update = { sessionResumptionUpdate: { newHandle: 'h', resumable: true } }
    const talk = new Talk({}, [{ role: 'caller', text: 'I am Ada.' }])
    expect(talk.got({ setupComplete: {} }, update).told()).toEqual(['ready'])
    expect(talk.got(sound, generated, over, update).told()).toContain('resumable')
  })

  test('commands before it are errors', () => {
    expect(new Talk().send({ do: 'respond' }).told()).toEqual(['error'])
  })
})

describe('responses', () => {
  test('a turn of the server’s own is one response, over as soon as nothing more can come', () => {
    const talk = Talk.ready().hears(true).hears(false)
    talk.got(sound, say('Hello '), sound, say('there.'), generated)
    expect(talk.told()).toEqual([
      'speech true g-in1',
      'speech false g-in1',
      '+g-r1',
      'item g-r1-i',
      'sound g-r1-i',
      'agent g-r1-i +Hello ',
      'sound g-r1-i',
      'agent g-r1-i +there.',
      'itemDone g-r1-i',
      '-g-r1 completed 1/0',
    ])
    expect(talk.got(over).told()).toEqual(['agent g-r1-i =Hello there.'])
  })

  test('what is asked for is open before it begins, and is what comes next', () => {
    const talk = Talk.ready().send({ do: 'respond', say: 'Acme Dental.', tools: false })
    const { events, send } = talk.take()
    expect(events).toEqual([{ type: 'responseStarted', response: 'g-r1' }])
    expect(send[0]?.realtimeInput?.text).toContain('=====\nAcme Dental.\n=====')
    expect(talk.got({ serverContent: {} }, sound, generated, over).told()).toEqual([
      'item g-r1-i',
      'sound g-r1-i',
      'itemDone g-r1-i',
      '-g-r1 completed 1/0',
    ])
  })

  test('one that has already begun to be made is not asked for again', () => {
    const talk = Talk.ready().got(call('find'))
    talk.take()
    talk.send({ do: 'toolResult', call: 'id-find', output: '{"slots":[1]}' }, { do: 'respond' })
    const { send, events } = talk.take()
    expect(send).toEqual([
      { toolResponse: { functionResponses: [{ id: 'id-find', name: 'find', response: { output: { slots: [1] } } }] } },
    ])
    expect(events.map(e => e.type)).toEqual(['toolTaken', 'responseStarted'])
    // the same turn of the server goes on
    expect(talk.got(sound, generated, over).told().at(-1)).toBe('-g-r3 completed 1/0')
  })

  test('an empty turn is an empty answer to what was asked, and a reason is told', () => {
    const talk = Talk.ready().send({ do: 'respond' })
    expect(talk.got(over).told()).toEqual(['+g-r1', '-g-r1 completed 0/0'])
    talk.send({ do: 'respond' })
    talk.take()
    talk.got({ serverContent: { turnComplete: true, turnCompleteReason: 'MALFORMED_FUNCTION_CALL' } })
    expect(talk.told()).toEqual(['-g-r2 failed MALFORMED_FUNCTION_CALL 0/0'])
  })

  test('keys are told with the response that they ask for, notes before them', () => {
    const talk = Talk.ready().send(
      { do: 'tell', role: 'system', text: 'late' },
      { do: 'tell', role: 'caller', text: 'The caller pressed: 12' },
    )
    expect(talk.take().send).toEqual([])
    const { send } = talk.send({ do: 'respond' }).take()
    expect(send).toEqual([{ realtimeInput: { text: '[note, not said by the caller] late\nThe caller pressed: 12' } }])
  })
})

describe('interruption', () => {
  test('by the server: told once, as the end of its response and as a word of its own', () => {
    const talk = Talk.ready().got(sound, say('One two'))
    talk.take()
    expect(talk.got(cut).told()).toEqual([
      'itemDone g-r1-i',
      'agent g-r1-i =One two',
      '-g-r1 cancelled 1/0',
      'interrupted',
    ])
    expect(talk.got(over, sound).told()[0]).toBe('+g-r2')
  })

  test('while what was sent is still being played: only the word', () => {
    const talk = Talk.ready().got(sound, generated)
    talk.take()
    expect(talk.got(cut, over).told()).toEqual(['interrupted'])
  })

  test('by us: what still comes of the response belongs to nobody, until the server’s turn is over', () => {
    const talk = Talk.ready().got(sound)
    talk.take()
    talk.send({ do: 'cancel', response: 'g-r1' })
    expect(talk.told()).toEqual(['itemDone g-r1-i', '-g-r1 cancelled 1/0'])
    expect(talk.got(sound, say('more'), sound).told()).toEqual([])
    expect(talk.got(cut, over).told()).toEqual(['interrupted'])
    expect(talk.got(sound).told()[0]).toBe('+g-r2')
  })

  test('of what was asked for and has not begun: its answer is dropped when it comes', () => {
    const talk = Talk.ready().send({ do: 'respond' }, { do: 'cancel', response: 'g-r1' })
    expect(talk.told()).toEqual(['+g-r1', '-g-r1 cancelled 0/0'])
    expect(talk.got(sound, generated, over).told()).toEqual([])
    expect(talk.got(sound).told()[0]).toBe('+g-r2')
  })

  test('by text of ours: no interruption is told, and the old turn ends without touching the new response', () => {
    const talk = Talk.ready().got(sound)
    talk.send({ do: 'cancel', response: 'g-r1' }, { do: 'tell', role: 'caller', text: '1' }, { do: 'respond' })
    talk.take()
    expect(talk.got(cut, over).told()).toEqual([])
    expect(talk.got(sound).told()).toEqual(['item g-r2-i', 'sound g-r2-i'])
  })

  test('what was heard is told with the next text, for the API has no word for it', () => {
    const talk = Talk.ready().got(sound, sound, say('one two three four'), generated)
    talk.send(
      { do: 'truncate', item: 'g-r1-i', heardMs: 40 },
      { do: 'tell', role: 'caller', text: 'k' },
      { do: 'respond' },
    )
    expect(talk.take().send[0]?.realtimeInput?.text).toContain('only this was heard: “one two”')
  })
})

describe('tools', () => {
  test('calls end their response; answers of one batch go together', () => {
    const talk = Talk.ready().got(sound, say('One moment.'), call('find', 'book'))
    expect(talk.told().slice(4)).toEqual([
      'call id-find find{"a":1} g-r1',
      'call id-book book{"a":1} g-r1',
      'itemDone g-r1-i',
      '-g-r1 completed 1/2',
    ])
    talk.send({ do: 'toolResult', call: 'id-book', output: 'done' })
    expect(talk.take().send).toEqual([])
    talk.send({ do: 'toolResult', call: 'id-find', output: '{"error":"no"}' })
    const [sent] = talk.take().send
    expect(sent?.toolResponse?.functionResponses).toEqual([
      { id: 'id-book', name: 'book', response: { output: 'done' } },
      { id: 'id-find', name: 'find', response: { error: 'no' } },
    ])
  })

  test('one that is withdrawn is told, and not answered', () => {
    const talk = Talk.ready().got(call('find', 'book'))
    talk.take()
    talk.send({ do: 'toolResult', call: 'id-book', output: '1' })
    expect(talk.got({ toolCallCancellation: { ids: ['id-find', 'nobody'] } }).told()).toEqual([
      'toolCancelled id-find',
      'toolTaken id-book',
    ])
    talk.send({ do: 'toolResult', call: 'id-find', output: '1' })
    expect(talk.take().send).toEqual([])
  })
})

describe('the caller', () => {
  test('an answer ends what we hear, whatever our ear says', () => {
    const talk = Talk.ready().hears(true)
    talk.take()
    expect(talk.got(sound).told().slice(0, 2)).toEqual(['speech false g-in1', '+g-r1'])
    expect(talk.hears(false).told()).toEqual([])
  })

  test('words are of the latest sound', () => {
    const talk = Talk.ready().hears(true)
    talk.got({ serverContent: { inputTranscription: { text: 'Hello ' } } })
    talk.got({ serverContent: { inputTranscription: { text: 'you', finished: true } } })
    expect(talk.told().slice(1)).toEqual(['caller g-in1 +Hello ', 'caller g-in1 +you', 'caller g-in1 =Hello you'])
  })

  test('turns are told where the vendor finds none', () => {
    const talk = Talk.ready({ responses: 'switchboard' })
    talk.send({ do: 'turn', started: true }, { do: 'turn', started: false }, { do: 'respond' })
    const { send, events } = talk.take()
    expect(send).toEqual([{ realtimeInput: { activityStart: {} } }, { realtimeInput: { activityEnd: {} } }])
    expect(events.map(e => e.type)).toEqual(['responseStarted'])
    expect(Talk.ready().send({ do: 'turn', started: true }).take().send).toEqual([])
  })
})

describe('around it', () => {
  test('limits, handles and usage', () => {
    const talk = Talk.ready().got(
      { goAway: { timeLeft: '50s' } },
      { sessionResumptionUpdate: { newHandle: 'h', resumable: true } },
      { sessionResumptionUpdate: { resumable: false } },
      {
        ...over,
        usageMetadata: { promptTokenCount: 9, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 7 }] },
      },
    )
    expect(talk.take().events).toEqual([
      { type: 'expiring', inMs: 50_000 },
      { type: 'resumable', handle: 'h' },
      { type: 'usage', kind: 'response', usage: { promptTokenCount: 9, promptTokensDetails: { AUDIO: 7 } } },
    ])
  })

  test.each([[null], [[]], ['x'], [{ serverContent: 7 }], [{ toolCall: { functionCalls: 3 } }]])(
    'what makes no sense is skipped and said: %j',
    message => {
      const talk = Talk.ready().got(message as object)
      expect(talk.told()).toEqual(['error'])
    },
  )

  test('what the vendor adds is skipped', () => {
    const talk = Talk.ready().got({ nobodyKnows: {}, serverContent: { groundingMetadata: {} } })
    expect(talk.told()).toEqual([])
    expect(talk.state.skipped['?']).toBe(1)
  })
})
