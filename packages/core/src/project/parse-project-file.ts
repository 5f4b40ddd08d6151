import type { ProjectFile } from './project-model.ts'
import { mistakesError, type ValuePath } from '../yaml/mistakes.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { readStructure } from './read-structure.ts'
import type { YamlTree } from '../yaml/yaml-tree.ts'

/**
 * What the text of a sidestep.yaml says. Throws one `CONFIG_INVALID` error that names everything that is wrong.
 *
 * @param name what places call the file: `sidestep.yaml`
 */
export function parseProjectFile(path: string, name: string, text: string): ProjectFile {
  const { tree, mistakes: syntax, position } = parseYaml(text)
  const mistakes = [...syntax]
  const structure = syntax.length === 0 ? readStructure(tree, mistakes) : undefined
  const place = (offset: number | undefined): string => (offset === undefined ? name : `${name}:${position(offset)}`)
  if (structure === undefined || mistakes.length > 0) throw mistakesError(path, mistakes, place)
  return { path, ...structure, place: (at) => place(offsetOf(tree, at)) }
}

/** Of the value where it is text or a number, else of its key; of the nearest one above where there is no such value. */
function offsetOf(root: YamlTree, path: ValuePath): number {
  let tree = root
  let { offset } = root
  for (const part of path) {
    if (tree.kind === 'map') {
      const entry = tree.entries.get(String(part))
      if (entry === undefined) return offset
      tree = entry.value
      offset = tree.kind === 'scalar' && tree.value !== null ? tree.offset : entry.offset
    } else {
      const item: YamlTree | undefined = tree.kind === 'list' ? tree.items[Number(part)] : undefined
      if (item === undefined) return offset
      tree = item
      offset = item.offset
    }
  }
  return offset
}
