import type { ArtifactStore, StoreCallOptions } from './artifact-store.ts'
import { decodeJson, encodeJson } from './json-object.ts'
import { putOnce } from './put-once.ts'

/** A JSON object of the store; `undefined` where it definitely does not exist. */
export async function readJson(
  store: ArtifactStore,
  key: string,
  options: StoreCallOptions = {},
): Promise<object | undefined> {
  const bytes = await store.get(key, options)
  return bytes === undefined ? undefined : decodeJson(bytes, `${store.uri}/${key}`)
}

/** Puts a JSON object that decides something, unless one is there. Returns the one that is: whoever came first is obeyed. */
export async function putJsonOnce(store: ArtifactStore, key: string, value: object): Promise<object> {
  const { bytes } = await putOnce(store, key, encodeJson(value))
  return decodeJson(bytes, `${store.uri}/${key}`)
}
