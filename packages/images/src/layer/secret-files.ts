/** Names, in small letters, of files and folders that hold secrets, wherever they lie. */
const SECRET_NAMES: readonly RegExp[] = [
  /^\.env/, // also direnv's .envrc
  /^\.dev\.vars/,
  /\.(?:env|pem|key|p8|p12|pfx|jks|keystore|ppk|kdbx|ovpn|kubeconfig|tfstate|tfvars)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /^(?:secring\.|private[-_]?keys?\.(?:asc|gpg|txt)$)/,
  /^\.(?:npmrc|yarnrc|yarnrc\.yml|netrc|pypirc|condarc|pgpass|my\.cnf|mylogin\.cnf|git-credentials|htpasswd)$/,
  /^\.(?:dockercfg|dockerconfigjson|vault-token|s3cfg|boto|databrickscfg|modal\.toml|terraformrc)$/,
  /^\.?vault[-_]?pass(?:word)?(?:\.txt)?$/,
  /^(?:_netrc|kubeconfig|kaggle\.json|terraform\.rc)$/,
  /^\.\w+_history$/, // shells and consoles: what was typed may be a password
  /\.(?:tfstate\.backup|tfvars\.json)$/,
  /(?:^|[-_.])(?:application_default_)?credentials?\.(?:json|toml|ya?ml|csv|ini|xml|properties)$/,
  /(?:service[-_]?account.*|client_secret.*|firebase-adminsdk.*)\.json$/, // Google's
  /(?:^|[-_.])secrets?\.(?:json|ya?ml|toml|ini|txt|properties)$/,
]

/** Of files only: a folder of this name may hold anything. */
const SECRET_FILE_NAMES: readonly RegExp[] = [
  /^credentials$/,
  /[-_.](?:rsa|dsa|ecdsa|ed25519)$/, // deploy_rsa
]

/** What editors and people put behind the name of an older version. */
const OLDER = /(?:\.(?:bak|backup|old|orig|save|saved|copy|swp|\d+)|~)+$/

/** Folders of credentials, and Sidestep's own, which holds the inputs, outputs and logs of runs. */
const SECRET_FOLDERS: ReadonlySet<string> = new Set([
  '.aws',
  '.azure',
  '.databricks',
  '.gnupg',
  '.kaggle',
  '.kube',
  '.oci',
  '.pulumi',
  '.secrets',
  '.sidestep',
  '.snowsql',
  '.ssh',
  '.terraform',
])

/** The ends of paths, where the name alone says nothing. */
const SECRET_PATHS: readonly RegExp[] = [
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)(?:\.config\/)?containers\/auth\.json$/, // Podman's
  /(?:^|\/)\.config\/(?:gcloud|gh|rclone|pip)(?:\/|$)/,
  /(?:^|\/)\.pip\/pip\.conf$/,
  /(?:^|\/)\.(?:[^/]+\/)+credentials$/, // .gem, .cargo, .config/git
  /(?:^|\/)\.m2\/settings(?:-security)?\.xml$/,
  /(?:^|\/)\.gradle\/gradle\.properties$/,
  /(?:^|\/)\.composer\/auth\.json$/,
  /(?:^|\/)(?:\.cache\/)?\.?huggingface\/(?:token|stored_tokens)$/,
  /(?:^|\/)\.git\/config$/, // holds the token of a clone by HTTPS
]

/**
 * Whether a path of the project is one that no layer gets: everybody who may pull an image reads its layers, and they
 * stay in the registry after the file is gone. By the name alone, whatever the case, and of older versions (`.npmrc.bak`)
 * too.
 */
export function isSecretPath(path: string): boolean {
  const small = path.toLowerCase()
  return (
    matches(small, SECRET_PATHS) ||
    small.split('/').some((name) => SECRET_FOLDERS.has(name) || matches(name, SECRET_NAMES))
  )
}

/** Of a path that is no secret by {@link isSecretPath}: whether it is one where it is a file, and not a folder. */
export function isSecretFile(path: string): boolean {
  return matches(path.slice(path.lastIndexOf('/') + 1).toLowerCase(), SECRET_FILE_NAMES)
}

function matches(text: string, patterns: readonly RegExp[]): boolean {
  if (patterns.some((pattern) => pattern.test(text))) return true
  const name = text.replace(OLDER, '')
  return name !== text && patterns.some((pattern) => pattern.test(name))
}
