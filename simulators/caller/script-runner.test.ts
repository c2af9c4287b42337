import { describe, expect, test } from 'vitest'
import { asCallerScript, type StepInput } from './script.ts'
import { type Act, ScriptRunner, type World } from './script-runner.ts'

/** A call in which the agent speaks at given times, and saying takes 1 s. */
function play(
  steps: readonly StepInput[],
  spoken: readonly (readonly [from: number, to: number])[],
  more: {
    readonly endedAt?: number
    readonly hears?: (what: string, now: number) => boolean | null
    readonly until?: number
  } = {},
): string[] {
  const runner = new ScriptRunner(asCallerScript({ steps }).steps)
  const log: string[] = []
  let busyUntil = -1
  for (let now = 0; now <= (more.until ?? 30_000) && !runner.done; now += 20) {
    const past = spoken.filter(([from]) => from <= now)
    const last = past.at(-1)
    const lastAt = last ? Math.min(now, last[1]) : null
    const since = last && now - last[1] < 400 ? last[0] : null
    const ended = more.endedAt !== undefined && now >= more.endedAt
    const world: World = {
      now,
      agentSince: since,
      agentLastAt: lastAt,
      agentAudible: last !== undefined && now <= last[1],
      busy: now < busyUntil,
      ended: ended ? 'remote' : null,
      hears: what => more.hears?.(what, now) ?? (more.hears === undefined ? false : null),
    }
    const acts: Act[] = []
    if (ended) runner.ended(world, acts)
    else runner.next(world, acts)
    for (const act of acts) {
      if (act.do === 'say' || act.do === 'press') busyUntil = now + 1000
      log.push(`${now} ${words(act)}`)
    }
  }
  return log
}

function words(act: Act): string {
  switch (act.do) {
    case 'say':
      return `say ${act.what}`
    case 'press':
      return `press ${act.digits}`
    case 'hold':
      return act.held ? 'hold' : 'resume'
    case 'hangUp':
      return 'hang up'
    case 'expected':
    default:
      return `${act.ok ? 'ok' : 'FAILED'} ${act.what}`
  }
}

describe('a script is carried out step by step', () => {
  test.each<[string, StepInput[], [number, number][], string[]]>([
    [
      'says, one after another, and hangs up',
      [{ say: 'a' }, { say: 'b' }],
      [],
      ['0 say a', '1000 say b', '2000 hang up'],
    ],
    ['listens to the end of what is said', ['listen', { say: 'a' }], [[500, 2000]], ['2700 say a', '3700 hang up']],
    [
      'a pause in it is no end',
      ['listen', { say: 'a' }],
      [
        [500, 2000],
        [2500, 4000],
      ],
      ['4700 say a', '5700 hang up'],
    ],
    ['waits a time', [{ wait: '1s' }, 'hangUp'], [], ['1000 hang up']],
    ['waits for the agent', [{ wait: { agent: 'speaks' } }, 'hangUp'], [[1500, 9000]], ['1500 hang up']],
    [
      'waits for silence, which may have begun before',
      [{ wait: 400 }, { wait: { agent: 'silent', for: 300 } }, 'hangUp'],
      [[100, 200]],
      ['500 hang up'],
    ],
    ['presses keys', [{ keys: '12#' }, 'hangUp'], [], ['0 press 12#', '1000 hang up']],
    ['holds and resumes', [{ hold: '2s' }, 'hangUp'], [], ['0 hold', '2000 resume', '2000 hang up']],
  ])('%s', (_, steps, spoken, expected) => {
    expect(play(steps, spoken)).toEqual(expected)
  })
})

describe('an interruption', () => {
  const step: StepInput = { interrupt: { after: 1000, say: 'stop' } }

  test('comes so long after the agent began', () => {
    expect(play([step], [[500, 5000]])).toEqual(['1500 say stop', '2500 hang up'])
  })

  test('counts from before the step when the agent speaks already', () => {
    expect(play([{ wait: 1200 }, step], [[500, 5000]])[0]).toBe('1500 say stop')
  })

  test('waits for sound: there is nothing to interrupt in a pause', () => {
    expect(
      play(
        [step],
        [
          [500, 1300],
          [2100, 5000],
        ],
      )[0],
    ).toBe('2100 say stop')
  })

  test('does not count what was over when the step began', () => {
    expect(
      play(
        [{ wait: 1200 }, step],
        [
          [500, 1100],
          [1300, 5000],
        ],
      )[0],
    ).toBe('2300 say stop')
  })

  test('that is never possible fails', () => {
    expect(play([{ interrupt: { after: 1000, say: 'stop', within: '2s' } }], [[500, 1200]])[0]).toMatch(/^3000 FAILED/)
  })
})

describe('what is expected', () => {
  test.each<[string, StepInput, string]>([
    ['comes true', { expect: { agent: 'speaks', within: '2s' } }, '500 ok the agent speaks'],
    ['comes too late', { expect: { agent: 'speaks', within: '200ms' } }, '200 FAILED the agent speaks'],
    ['silence', { expect: { agent: 'silent', for: '1s', within: '5s' } }, '1000 ok the agent is silent for 1000 ms'],
    ['words that come', { expect: { hears: 'greeting' } }, '3000 ok the agent says “greeting”'],
    ['words that do not', { expect: { hears: 'offer', within: '4s' } }, '4000 FAILED the agent says “offer”'],
  ])('%s', (_, step, expected) => {
    const hears = (what: string, now: number): boolean => what === 'greeting' && now >= 3000
    expect(play([step], step === undefined ? [] : spokenFor(expected), { hears })[0]).toBe(expected)
  })

  test('words of which is not known in time whether they came are waited for, and count when they did', () => {
    const step: StepInput = { expect: { hears: 'offer', within: '2s' } }
    const known = (is: boolean) => (_: string, now: number) => (now < 2600 ? null : is)
    expect(play([step], [[500, 2000]], { hears: known(true) })[0]).toBe('2600 ok the agent says “offer”')
    expect(play([step], [[500, 2000]], { hears: known(false) })[0]).toBe('2600 FAILED the agent says “offer”')
  })

  /** The agent is silent in the test of silence. */
  function spokenFor(expected: string): [number, number][] {
    return expected.includes('silent') ? [] : [[500, 2000]]
  }

  test('an end by the other side', () => {
    const steps: StepInput[] = [{ expect: { ended: 'remote', within: '5s' } }]
    expect(play(steps, [], { endedAt: 2000 })).toEqual(['2000 ok the call ended by remote'])
    expect(play(steps, [])[0]).toBe('5000 FAILED the call ended by remote')
    expect(play([{ expect: { ended: 'local' } }], [], { endedAt: 2000 })).toEqual([
      '2000 FAILED the call ended by local',
    ])
  })
})

test('a wait in vain fails, and the script goes on', () => {
  expect(play([{ wait: { agent: 'speaks', within: '1s' } }, { say: 'a' }], [])).toEqual([
    '1000 FAILED agent speaks within 1000 ms',
    '1000 say a',
    '2000 hang up',
  ])
})

test('a call that ends in the middle of the script fails what was left to do', () => {
  expect(play(['listen', { say: 'a' }, { keys: '1' }], [], { endedAt: 500 })).toEqual([
    '500 FAILED the script is carried out (2 steps left)',
  ])
  expect(play(['listen', { wait: { ended: true } }], [[0, 100]], { endedAt: 500 })).toEqual([])
})
