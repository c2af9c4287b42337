/** What can be wrong with a manifest. */
import { defineError } from '#errors/registry.ts'

// Reading
export const unreadable = defineError(
  'SB_API_FILE_UNREADABLE',
  'cannot be read: %s',
  'Check the path and its permissions.',
)
export const noManifests = defineError(
  'SB_API_NO_MANIFESTS',
  'holds no manifest',
  'Name a .yaml, .yml or .json file, or a directory that holds some.',
)
export const emptyFile = defineError('SB_API_FILE_EMPTY', 'holds nothing', 'Write a manifest into it, or leave it out.')
export const yamlSyntax = defineError('SB_API_YAML_SYNTAX', 'not YAML: %s', 'Correct the syntax at this place.')
export const notAnObject = defineError(
  'SB_API_NOT_AN_OBJECT',
  'is not an object with apiVersion and kind',
  'Begin with apiVersion and kind, as kubectl needs them.',
)
export const unknownVersion = defineError(
  'SB_API_UNKNOWN_VERSION',
  'unknown apiVersion "%s"',
  'Write switchboard.dev/v1alpha1.',
)
export const unknownKind = defineError(
  'SB_API_UNKNOWN_KIND',
  'unknown kind "%s"',
  'The kinds of this version are VoiceAgent, SipTrunk and VoiceAgentRevision.',
)
export const plannedKind = defineError(
  'SB_API_PLANNED_KIND',
  '%s: known, not in this version',
  'Leave the object out until a later version.',
)
export const duplicateObject = defineError(
  'SB_API_DUPLICATE_OBJECT',
  '%s is already declared at %s',
  'Remove one, or rename it.',
)

// Fields
export const unknownField = defineError(
  'SB_API_UNKNOWN_FIELD',
  'unknown field',
  'Remove the field, or write it as the reference has it.',
)
export const plannedField = defineError(
  'SB_API_PLANNED_FIELD',
  'known, not in this version',
  'Leave the field out until a later version: here it would do nothing.',
)
export const required = defineError('SB_API_REQUIRED', 'is required', 'Add the field.')
export const wrongType = defineError('SB_API_WRONG_TYPE', 'must be %s, is %s', 'Write a value of that type.')
export const unquoted = defineError('SB_API_UNQUOTED', 'must be text, and YAML reads %s as %s', 'Quote the value.')
export const notAllowed = defineError('SB_API_NOT_ALLOWED', 'must be one of %s, is %s', 'Write one of the values.')
export const plannedValue = defineError(
  'SB_API_PLANNED_VALUE',
  '%s: known, not in this version',
  'Write a value of this version.',
)
export const badDuration = defineError(
  'SB_API_BAD_DURATION',
  'is not a duration: %s',
  'Write a number and a unit, such as 500ms, 30s, 5m or 1h30m.',
)
export const badFormat = defineError('SB_API_BAD_FORMAT', 'must be %s', 'Write it in that form.')
export const outOfBounds = defineError('SB_API_OUT_OF_BOUNDS', 'must be %s', 'Write a value within the bounds.')
export const brokenRule = defineError('SB_API_RULE', '%s', 'The API server refuses the object for the same reason.')
export const duplicateName = defineError('SB_API_DUPLICATE_NAME', '"%s" is used twice', 'Names in a list must differ.')

// Meaning
export const unknownVariable = defineError(
  'SB_API_UNKNOWN_VARIABLE',
  'unknown variable {{%s}}',
  'Declare it under spec.variables or spec.context.variables, or write \\{{ for the braces themselves.',
)
export const knownTooLate = defineError(
  'SB_API_VERBATIM_VARIABLE',
  '{{%s}} is known only in the call: words that are rendered ahead of it cannot hold it',
  'Leave the variable out, take one of spec.variables, or leave `verbatim` out so that the session speaks the words.',
)
export const nothingRenders = defineError(
  'SB_API_NOTHING_RENDERS',
  'nothing renders this text: Gemini Live has no text-to-speech',
  'Add spec.speech, or give a recording (audioFrom) instead.',
)
export const undeclaredVariable = defineError(
  'SB_API_VARIABLE_UNDECLARED',
  'spec.variables has no "%s"',
  'Declare it there with the value that holds for all other numbers.',
)
export const missingConfigMap = defineError(
  'SB_API_CONFIGMAP_MISSING',
  'ConfigMap %s not found',
  'Add the ConfigMap to the namespace of the agent.',
)
export const missingKey = defineError(
  'SB_API_CONFIGMAP_KEY_MISSING',
  'ConfigMap %s has no key "%s"',
  'Add the key, or correct its name.',
)
export const badClip = defineError(
  'SB_API_BAD_CLIP',
  'the recording %s',
  'Record it as WAV (PCM16 mono at 8, 16 or 24 kHz), or name raw G.711 .ulaw or .alaw.',
)
export const emptyInstructions = defineError(
  'SB_API_INSTRUCTIONS_EMPTY',
  'the key holds no text',
  'Write the instructions under the key.',
)
export const badParameters = defineError(
  'SB_API_BAD_PARAMETERS',
  'is not a JSON Schema: %s',
  'Correct the schema (JSON Schema draft 7).',
)
export const missingSecret = defineError(
  'SB_API_SECRET_KEY_MISSING',
  'Secret %s has no key "%s"',
  'Add the key, or correct its name.',
)
export const unknownSecret = defineError(
  'SB_API_SECRET_MISSING',
  'Secret %s is not among the manifests',
  'Correct the name, or see that the cluster has the Secret: without it the agent is stalled.',
)
export const unmarkedSecret = defineError(
  'SB_API_SECRET_UNMARKED',
  'Secret %s is not marked as a credential of agents: on a cluster the agent that names it is stalled',
  'Add the label switchboard.dev/credential: "true".',
)
export const missingCredential = defineError(
  'SB_API_CREDENTIAL_MISSING',
  'is missing: on a cluster %s’s own endpoint needs it',
  'Add credentialsRef: { name: …, key: … }, of a Secret in the namespace of the agent. Only `switchboard run` may have the key in its environment instead.',
)
export const missingTrunk = defineError(
  'SB_API_TRUNK_MISSING',
  'SipTrunk %s not found',
  'Declare the trunk, or correct name and namespace.',
)
export const notGranted = defineError(
  'SB_API_NUMBER_NOT_GRANTED',
  '%s is not granted to namespace "%s" by SipTrunk %s',
  'Ask the owner of the trunk for a grant under spec.numbers.',
)
export const notDialled = defineError(
  'SB_API_NOT_DIALLED',
  '%s',
  'Ask the owner of the trunk: spec.outbound and spec.sip of the SipTrunk say whom it calls, for whom, and how.',
)
export const claimedTwice = defineError(
  'SB_API_NUMBER_CLAIMED_TWICE',
  '%s is already claimed by VoiceAgent %s',
  'One agent answers a number: remove it from the other.',
)
