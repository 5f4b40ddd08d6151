import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/**
 * What homes have in their folder of bundles, by path: in memory, because no runner says which check is the last one and
 * has to remove a folder that they share.
 */
const known = new Map<string, Uint8Array>()

/**
 * Runs a check in a home that has the bundles of those before it. They are made of the same steps: made and loaded anew by
 * every check, they were a third of what the suite costs. No check is about them.
 */
export async function withKnownBundles(home: string, use: () => Promise<void>): Promise<void> {
  const folder = join(home, 'bundles')
  for (const [path, bytes] of known) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  try {
    await use()
  } finally {
    for (const path of await filesIn(folder)) if (!known.has(path)) known.set(path, await readFile(join(folder, path)))
  }
}

/** Less those that are being written. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    // Of a check that has run nothing.
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isFile() && /^\w+(?:\.(?:mjs|json|checked))?$/.test(entry.name))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}
