import type { Break } from '../break.ts'
import { audio } from './audio.ts'
import { bargeIn } from './barge-in.ts'
import { code } from './code.ts'
import { fleets } from './fleets.ts'
import { gateway } from './gateway.ts'
import { gemini } from './gemini.ts'
import { leaks } from './leaks.ts'
import { lifetimes } from './lifetimes.ts'
import { matrix } from './matrix.ts'
import { operator } from './operator.ts'
import { places } from './places.ts'
import { pods } from './pods.ts'
import { promises } from './promises.ts'
import { prompts } from './prompts.ts'
import { sip } from './sip.ts'
import { tenants } from './tenants.ts'
import { tools } from './tools.ts'
import { transfers } from './transfers.ts'
import { versions } from './versions.ts'

export const breaks: readonly Break[] = [
  ...audio,
  ...bargeIn,
  ...sip,
  ...tools,
  ...promises,
  ...prompts,
  ...leaks,
  ...code,
  ...lifetimes,
  ...pods,
  ...fleets,
  ...operator,
  ...gateway,
  ...tenants,
  ...places,
  ...gemini,
  ...transfers,
  ...matrix,
  ...versions,
]
