import { closeSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLogger, logFile } from './logger.ts'

test('a destination that takes nothing costs lines of the log, and nothing else', async () => {
  const unwritable = openSync(import.meta.filename, 'r')
  const uncaught: unknown[] = []
  const onUncaught = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', onUncaught)
  try {
    const log = createLogger('info', logFile(unwritable))
    for (let n = 0; n < 3; n++) {
      log.info('a line')
      await setTimeout(20)
    }
    expect(uncaught).toEqual([])
  } finally {
    process.off('uncaughtException', onUncaught)
    closeSync(unwritable)
  }
})
