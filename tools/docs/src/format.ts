import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/** Markdown as the formatter of this repository writes it. */
export function format(markdown: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('oxfmt/package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly oxfmt: string } }
  const program = [join(dirname(manifest), bin.oxfmt), '--config', join(ROOT, '.oxfmtrc.json')]
  return new Promise((resolve, reject) => {
    const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(process.execPath, [...program, '--stdin-filepath', 'page.md'], options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(new Error('the formatter failed', { cause: error }))
    })
    child.stdin?.end(markdown)
  })
}
