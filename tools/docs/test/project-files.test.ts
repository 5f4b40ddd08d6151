import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readProjectFile } from '@sidestep/core/project'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

test('every sidestep.yaml on the pages can be read', async () => {
  const listings: { readonly page: string; readonly yaml: string }[] = []
  for (const page of globSync('docs/*.md', { cwd: root })) {
    const text = await readFile(join(root, page), 'utf8')
    for (const [, yaml = ''] of text.matchAll(/^```yaml\n(.*?)^```$/gms)) listings.push({ page, yaml })
  }
  expect(listings.map(({ page }) => page)).toContain('docs/stacks-and-flavors.md')
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-docs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const { page, yaml } of listings) {
    const path = join(folder, 'sidestep.yaml')
    await writeFile(path, yaml)
    const file = await readProjectFile(path).catch((error: unknown) =>
      expect.fail(`${page}: ${String(error)}\n${yaml}`),
    )
    expect(file.path).toBe(path)
  }
})

test("the page about operators shows the example's sidestep.yaml", async () => {
  const page = await readFile(join(root, 'docs/writing-a-step-operator.md'), 'utf8')
  const yaml = await readFile(join(root, 'examples/custom-operator/sidestep.yaml'), 'utf8')
  expect(page).toContain(`\`\`\`yaml\n${yaml}\`\`\``)
})
