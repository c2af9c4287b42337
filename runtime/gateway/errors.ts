import { defineError } from '#errors/registry.ts'

export const gatewayErrors = {
  portTaken: defineError(
    'SB_GATEWAY_PORT',
    'cannot listen for carriers on %s:%s (%s)',
    'Another process holds the port, or the address is not of this machine: choose another with --gateway-port or --gateway-host.',
  ),
  noCredential: defineError(
    'SB_GATEWAY_CREDENTIAL',
    'no credential for trunk %s: %s',
    'Put the Secret that the trunk names beside the manifests, or set TWILIO_AUTH_TOKEN in the environment.',
  ),
  badSignature: defineError(
    'SB_GATEWAY_SIGNATURE',
    'a request for trunk %s is not signed as its carrier signs',
    'Compare the Auth Token, and spec.mediaStream.publicURL with the URL that was entered at the carrier: scheme, host, port and path are signed.',
  ),
  badRequest: defineError(
    'SB_GATEWAY_REQUEST',
    'a request for trunk %s is signed, but not usable: %s',
    'Enter the URL of the trunk as the voice webhook of an incoming number, with method POST.',
  ),
  badToken: defineError(
    'SB_GATEWAY_TOKEN',
    'a media socket for trunk %s was refused: %s',
    'A media URL is good once and for a short time. If callers are cut off, look for a proxy that holds or repeats requests.',
  ),
  control: defineError(
    'SB_GATEWAY_CONTROL',
    'the carrier did not do what was asked for a call of trunk %s: %s',
    'Check that the Auth Token is that of the account, and that its REST API can be reached.',
  ),
} as const
