import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Writes files (objects as JSON) to a new folder, which is removed after the test. */
export function writeTree(files: Readonly<Record<string, string | object>>, parent: string = tmpdir()): string {
  mkdirSync(parent, { recursive: true })
  const root = mkdtempSync(join(parent, 'tree-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}
