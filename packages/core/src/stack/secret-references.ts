import { looksRandom } from './looks-random.ts'

/** True for a text that says where a secret is, and for one that cannot be a secret. All of the text counts. */
export function saysWhere(text: string): boolean {
  return REFERENCES.some((pattern) => pattern.test(text)) || isPath(text)
}

const REFERENCES: readonly RegExp[] = [
  /^(?:\$\{env:[A-Za-z_]\w*\})+$/,
  /^env:[A-Za-z_]\w*$/,
  /^file:(?:\/\/)?\.{0,2}\/\S+$/,
  // Stores of secrets by their names in Sidestep, and by those of 1Password and Vault.
  /^(?:aws-secretsmanager|aws-ssm|gcp-secretmanager|azure-keyvault):[\w./@#:+=-]+$/,
  /^op:\/\/[^/]+\/[^/]+\/.+$/,
  /^vault:[\w.-]+\/[\w./-]+#[\w.-]+$/,
  // AWS: Secrets Manager, Parameter Store, KMS.
  /^arn:aws[\w-]*:(?:secretsmanager|ssm|kms):[\w-]*:\d*:\S+$/,
  // Google: Secret Manager, Cloud KMS.
  /^(?:\/\/(?:secretmanager|cloudkms)\.googleapis\.com\/|gcp-?kms:\/\/)?projects\/[\w:.-]+\/(?:locations\/[\w-]+\/)?(?:secrets|keyRings)\/[\w./-]+$/,
  // Azure: Key Vault, Managed HSM.
  /^https:\/\/[\w-]+\.(?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)(?:\/(?:secrets|keys|certificates)\/[\w/-]+)?\/?$/,
  /^@Microsoft\.KeyVault\([^)]*\)$/,
  /^(?:true|false)$/,
]

/** A file is named by its whole path, or by a path whose end says what it is. */
function isPath(text: string): boolean {
  if (FILE.test(text)) return true
  return /^(?:(?:\.{1,2}|~)?\/|[A-Za-z]:[\\/])[^\s]/.test(text) && !looksRandom(text)
}

const FILE = /^(?:[\w.@~-]*\/)*[\w.@-]+\.(?:json|pem|key|p12|pfx|jks|crt|cer|txt|ya?ml|toml|ini|env)$/
