-- Health of a VoiceAgent or a SipTrunk for Argo CD: resource.customizations.health.switchboard.dev_VoiceAgent
-- in the ConfigMap argocd-cm. By the conditions, as kstatus reads them.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is(type, value)
  return conditions[type] ~= nil and conditions[type].status == value
end
local function health(word, condition)
  return { status = word, message = condition.message or condition.reason or "" }
end

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "pods wait for their last call" }
end
if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at this yet" }
end
if is("Stalled", "True") then
  return health("Degraded", conditions.Stalled)
end
if is("Reconciling", "True") then
  return health("Progressing", conditions.Reconciling)
end
if is("Ready", "True") then
  return health("Healthy", conditions.Ready)
end
if conditions.Ready ~= nil then
  return health("Degraded", conditions.Ready)
end
return { status = "Progressing", message = "no condition is known yet" }
