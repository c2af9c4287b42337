import { spread, type Window } from './protocol.ts'

/** Samples of the current window; cleared when it begins. Shared by callers and provider of the load process. */
export class Figures {
  up: number[] = []
  down: number[] = []
  gap: number[] = []
  bargeIn: number[] = []
  bargeInOurs: number[] = []
  ringing: number[] = []
  answered: number[] = []
  refused = 0
  failed = 0
  framesHad = 0
  #from = 0
  #cpu = process.cpuUsage()

  /** Set-up times and refusals are kept over windows: calls begin before the first one. */
  begin(now: number): void {
    this.up = []
    this.down = []
    this.gap = []
    this.bargeIn = []
    this.bargeInOurs = []
    this.framesHad = 0
    this.#from = now
    this.#cpu = process.cpuUsage()
  }

  end(now: number, calls: number): Window {
    const seconds = (now - this.#from) / 1000
    const cpu = process.cpuUsage(this.#cpu)
    return {
      seconds,
      calls,
      up: spread(this.up),
      down: spread(this.down),
      gap: spread(this.gap),
      bargeIn: spread(this.bargeIn),
      bargeInOurs: spread(this.bargeInOurs),
      ringing: spread(this.ringing),
      answered: spread(this.answered),
      refused: this.refused,
      failed: this.failed,
      framesExpected: Math.floor((seconds * 1000) / 20) * calls,
      framesHad: this.framesHad,
      loadCpu: (cpu.user + cpu.system) / 1e6 / seconds,
    }
  }
}
