import { expect, test } from 'vitest'
import type { Resume, Session, SessionConfig, SessionEvent } from '#runtime/call/ports.ts'
import { CallSessions } from './call-sessions.ts'

const attempt = { ready() {}, failed() {}, lost() {}, left() {} }
const since = [{ role: 'caller', text: 'My name is Ada.' }] as const

interface Opened {
  readonly model: number
  readonly resume: Resume | undefined
  tell(event: SessionEvent): void
}

function calls(): { sessions: CallSessions; opened: Opened[]; told: SessionEvent['type'][] } {
  const opened: Opened[] = []
  const told: SessionEvent['type'][] = []
  const createSession = (model: number): Session => {
    let listener: (event: SessionEvent) => void = () => {}
    return {
      open: (_config: SessionConfig, _history: unknown, resume?: Resume) =>
        opened.push({ model, resume, tell: event => listener(event) }),
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
  expect(opened[1]?.resume).toEqual({ handle: 'h', since })
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

test('a model that stands in for another is given no handle of it, and its own conversation is in no handle of before', () => {
  const { sessions, opened } = calls()
  sessions.open(open('main', 0))
  opened[0]?.tell({ type: 'resumable', handle: 'h' })
  sessions.open(open('main', 1))
  sessions.open(open('main', 0))
  expect(opened.map(o => o.resume)).toEqual([undefined, undefined, undefined])
})
