import type { Mistake, ValuePath } from '../yaml/mistakes.ts'
import { whyItIsSecret } from '../stack/secret-values.ts'
import type { YamlTree } from '../yaml/yaml-tree.ts'

interface ConfigPlace {
  readonly path: ValuePath
  /** The nearest one: what is in a list belongs to the list's. */
  readonly key: string
  /** Of the key. */
  readonly offset: number
  readonly mistakes: Mistake[]
}

const REMEDY =
  'Write ${env:NAME} and set that variable where Sidestep runs; a step gets its own by `secrets`. Replace a secret that was committed.'

/** A value of a component's configuration as plain data. What looks like a secret is added to the mistakes. */
export function readConfig(tree: YamlTree, place: ConfigPlace): unknown {
  const { path, key, offset, mistakes } = place
  if (key === '__proto__' || key.includes('${env:')) {
    const message =
      key === '__proto__' ? 'no configuration has the key __proto__' : '${env:…} stands for nothing in a key'
    mistakes.push({ message, hint: 'Remove it.', path, offset })
    return undefined
  }
  if (tree.kind === 'list') {
    return tree.items.map((item, index) =>
      readConfig(item, { path: [...path, index], key, offset: item.offset, mistakes }),
    )
  }
  if (tree.kind === 'map') {
    const config: Record<string, unknown> = {}
    for (const [name, entry] of tree.entries) {
      const value = readConfig(entry.value, { path: [...path, name], key: name, offset: entry.offset, mistakes })
      if (name !== '__proto__') config[name] = value
    }
    return config
  }
  const { value } = tree
  if (typeof value === 'string' || typeof value === 'number') {
    const why = whyItIsSecret(key, value)
    if (why !== undefined)
      mistakes.push({ message: `${why}, and sidestep.yaml holds no secrets`, hint: REMEDY, path, offset })
  }
  return value
}
