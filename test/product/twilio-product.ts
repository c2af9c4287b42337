/** Switchboard behind a simulated Twilio, in front of a simulated Realtime provider: a worker as users start it, a trunk over media streams. */
import { startTwilioSimulator, type TwilioSimulator } from '#simulators/twilio/start.ts'
import { freePort } from '#test/phones/process.ts'
import { type Product, type ProductOptions, startProduct } from './product.ts'

export const ACCOUNT = `AC${'5'.repeat(32)}`
export const AUTH_TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeed'
export const TRUNK = 'default/pbx'

export interface TwilioProduct extends Product {
  readonly twilio: TwilioSimulator
  readonly gatewayPort: number
  /** Of the trunk: `voice`, `status` and `media` are below it. */
  readonly carrierURL: string
}

export interface TwilioProductOptions extends Omit<ProductOptions, 'trunk' | 'more'> {
  /** Callers may be handed over, to numbers that begin so, as who was called. */
  readonly dials?: { readonly callerIds: readonly string[]; readonly allowedPrefixes: readonly string[] }
}

export async function startTwilioProduct(options: TwilioProductOptions = {}): Promise<TwilioProduct> {
  const gatewayPort = await freePort()
  const publicURL = `http://127.0.0.1:${gatewayPort}`
  const carrierURL = `${publicURL}/carriers/${TRUNK}`
  const twilio = await startTwilioSimulator({ webhookURL: carrierURL, accountSid: ACCOUNT, authToken: AUTH_TOKEN })
  try {
    const product = await startProduct({
      ...options,
      ...twilioManifests(publicURL, twilio.apiURL, options.dials),
      run: ['--gateway-port', String(gatewayPort), ...(options.run ?? [])],
    })
    const stop = async (): Promise<void> => {
      await product.stop()
      await twilio.close()
    }
    return { ...product, twilio, gatewayPort, carrierURL, stop }
  } catch (error) {
    await twilio.close()
    throw error
  }
}

export function twilioManifests(
  publicURL: string,
  apiURL: string,
  dials?: TwilioProductOptions['dials'],
): Pick<ProductOptions, 'trunk' | 'more'> {
  return {
    trunk: {
      carrier: 'Twilio',
      ingress: 'MediaStream',
      mediaStream: {
        publicURL,
        apiURL,
        accountSid: ACCOUNT,
        credentialsRef: { kind: 'Secret', name: 'twilio', key: 'authToken' },
        ...(dials && { transfer: 'Dial' }),
      },
      ...(dials && { outbound: dials }),
    },
    more: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'twilio', namespace: 'default' },
        stringData: { authToken: AUTH_TOKEN },
      },
    ],
  }
}
