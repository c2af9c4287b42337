import { describe, expect, test } from 'vitest'
import type { Resume, Session, SessionConfig, SessionEvent } from '#runtime/call/ports.ts'
import { CallSessions } from './call-sessions.ts'

const attempt = { ready() {}, failed() {}, lost() {}, left() {} }
const since = [{ role: 'caller', text: 'My name is Ada.' }] as const

interface Opened {
  readonly model: number
  readonly resume: Resume | undefined
  readonly sent: unknown[]
  untold: readonly string[]
  tell(event: SessionEvent): void
}

function calls(): { sessions: CallSessions; opened: Opened[]; told: SessionEvent['type'][] } {
  const opened: Opened[] = []
  const told: SessionEvent['type'][] = []
  const createSession = (model: number): Session => {
    let listener: (event: SessionEvent) => void = () => {}
    const sent: unknown[] = []
    let here: Opened | undefined
    return {
      open: (_config: SessionConfig, _history: unknown, resume?: Resume) => {
        here = { model, resume, sent, untold: [], tell: event => listener(event) }
        opened.push(here)
      },
      get untold() {
        return here?.untold ?? []
      },
      send: (command: unknown) => sent.push(command),
      onEvent: (listen: typeof listener) => (listener = listen),
      onAudio: () => {},
      close: () => {},
    } as unknown as Session
  }
  const options = { createSession, sessionConfig: () => ({}) as SessionConfig, attempt: () => attempt, fault: () => {} }
  const listener = { event: (_: unknown, event: SessionEvent) => void told.push(event.type), audio: () => {} }
  return { sessions: new CallSessions(options, { party: null } as never, listener), opened, told }
}

const open = (slot: 'main' | 'next', model: number) =>
  ({ do: 'openSession', slot, history: [], since, model, anyway: false }) as const

test('the successor of a session goes on by its handle, and is told what that does not hold', () => {
  const { sessions, opened, told } = calls()
  sessions.open(open('main', 0))
  expect(opened[0]?.resume).toBeUndefined()
  opened[0]?.tell({ type: 'resumable', handle: 'h' })
  expect(told).toEqual(['resumable'])
  sessions.open(open('next', 0))
  expect(opened[1]?.resume).toEqual({ handle: 'h', since, untold: [] })
})

test('what is to take over has no say where the call is: the latest handle is the one of the session that speaks', () => {
  const { sessions, opened } = calls()
  sessions.open(open('main', 0))
  opened[0]?.tell({ type: 'resumable', handle: 'h1' })
  sessions.open(open('next', 0))
  opened[0]?.tell({ type: 'resumable', handle: 'h2' })
  opened[1]?.tell({ type: 'resumable', handle: 'of h1' })
  sessions.open(open('next', 0))
  sessions.swap()
  opened[2]?.tell({ type: 'resumable', handle: 'of h2' })
  sessions.open(open('next', 0))
  expect(opened.map(o => o.resume?.handle)).toEqual([undefined, 'h1', 'h2', 'of h2'])
})

describe('what a session was to be told, and was not yet', () => {
  const note = (text: string) => ({ do: 'tell', role: 'system', text })
  const talk = (...notes: string[]) => {
    const made = calls()
    made.sessions.open(open('main', 0))
    made.opened[0]?.tell({ type: 'resumable', handle: 'h' })
    made.opened[0]!.untold = notes
    return made
  }
  const untoldOf = ({ opened }: ReturnType<typeof calls>) => opened.map(o => o.resume?.untold)

  test.each<[string, (sessions: CallSessions) => void]>([
    ['lost', () => {}],
    ['given up', sessions => sessions.close('main', 'slow')],
  ])('is told to the next when it is %s', (_, goes) => {
    const made = talk('a')
    goes(made.sessions)
    made.sessions.open(open('main', 0))
    made.sessions.open(open('main', 0))
    expect(untoldOf(made)).toEqual([undefined, ['a'], []])
  })

  test('is told to who takes over, when it is opened or when it takes over', () => {
    const made = talk('a')
    made.sessions.open(open('next', 0))
    made.opened[0]!.untold = ['a', 'b']
    made.sessions.swap()
    expect(untoldOf(made)).toEqual([undefined, ['a']])
    expect(made.opened[1]?.sent).toEqual([note('b')])
  })

  test('is in the conversation as text for one that goes on by no handle', () => {
    const made = talk('a')
    made.sessions.open(open('next', 1))
    made.sessions.swap()
    expect(untoldOf(made)).toEqual([undefined, undefined])
    expect(made.opened[1]?.sent).toEqual([])
    made.sessions.open(open('main', 1))
    expect(untoldOf(made)).toEqual([undefined, undefined, undefined])
  })
})

test('a model that stands in for another is given no handle of it, and its own conversation is in no handle of before', () => {
  const { sessions, opened } = calls()
  sessions.open(open('main', 0))
  opened[0]?.tell({ type: 'resumable', handle: 'h' })
  sessions.open(open('main', 1))
  sessions.open(open('main', 0))
  expect(opened.map(o => o.resume)).toEqual([undefined, undefined, undefined])
})
