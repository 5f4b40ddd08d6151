import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fencesOf } from '@sidestep/config/fences'

/** A fenced piece of TypeScript on a page. */
export interface Snippet {
  /** The page, relative to the root. */
  readonly page: string
  /** The line of the page that the first line of `text` is on. */
  readonly line: number
  /** From a first line like `// src/pipeline.ts`; snippets of one page that have one can import each other. */
  readonly file: string | undefined
  /** A page, relative to this one, whose files it can import too: after the fence, `with=writing-flavors.md`. */
  readonly with: string | undefined
  readonly text: string
}

/** The snippets of a page that are to compile: fences of `ts` or `typescript` without the word `ignore`. */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  return fencesOf(markdown)
    .filter(({ language, words }) => ['ts', 'typescript'].includes(language) && !words.includes('ignore'))
    .map(({ line, text, words }) => ({
      page,
      line,
      file: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1],
      with: words.find((word) => word.startsWith('with='))?.slice('with='.length),
      text,
    }))
}

/**
 * Compiles snippets with the compiler and the flags of the repository, the way a user's project would see them, and
 * says what is wrong by page and line. Every page gets a folder of its own below `folder`, which must be inside of a
 * package that has the imported packages installed.
 */
export async function compileSnippets(
  snippets: readonly Snippet[],
  options: { readonly folder: string; readonly baseConfig: string },
): Promise<string[]> {
  const problems: string[] = []
  mkdirSync(options.folder, { recursive: true })
  const work = mkdtempSync(join(options.folder, 'snippets-'))
  try {
    const byFile = new Map<string, Snippet>()
    for (const snippet of snippets) {
      const folder = folderOf(snippet.page, work)
      const file = join(folder, snippet.file ?? `line-${snippet.line}.ts`)
      if (byFile.has(file)) {
        problems.push(`${snippet.page}:${snippet.line}: a second snippet called ${snippet.file}`)
        continue
      }
      byFile.set(file, snippet)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, snippet.text)
    }
    for (const borrower of snippets.filter((snippet) => snippet.with !== undefined)) {
      const lender = join(dirname(borrower.page), borrower.with ?? '')
      const lent = snippets.filter(({ page, file }) => page === lender && file !== undefined)
      if (lent.length === 0) problems.push(`${borrower.page}:${borrower.line - 1}: ${lender} has no files`)
      // Where a page has two of one name, the first one counts.
      for (const { file = '', text } of lent.toReversed()) {
        const path = join(folderOf(borrower.page, work), file)
        mkdirSync(dirname(path), { recursive: true })
        // What the page has itself goes first. What is wrong with the others is said on their own page.
        if (!byFile.has(path)) writeFileSync(path, text)
      }
    }
    writeFileSync(
      join(work, 'tsconfig.json'),
      JSON.stringify({
        extends: relative(work, options.baseConfig).replaceAll('\\', '/'),
        include: ['**/*.ts'],
      }),
    )
    if (byFile.size > 0) problems.push(...diagnostics(await runCompiler(work), work, byFile))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return problems.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

function folderOf(page: string, work: string): string {
  return join(work, page.replaceAll(/[^\w]+/g, '-'))
}

/** The compiler's complaints about the snippets, and those that are about no file. Packages are checked elsewhere. */
function diagnostics(output: string, work: string, byFile: ReadonlyMap<string, Snippet>): string[] {
  const problems: string[] = []
  for (const line of output.split(/\r?\n/)) {
    const [, path, row, message] = /^(.+?)\((\d+),\d+\): (error TS\d+: .*)$/.exec(line) ?? []
    if (path === undefined || row === undefined || message === undefined) {
      if (line.startsWith('error ')) problems.push(line)
      continue
    }
    const snippet = byFile.get(join(work, path))
    if (snippet !== undefined) problems.push(`${snippet.page}:${snippet.line + Number(row) - 1}: ${message}`)
  }
  return problems
}

function runCompiler(folder: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly tsc: string } }
  const compiler = join(dirname(manifest), bin.tsc)
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      // 1 and 2 are the exit codes of a compilation with complaints.
      if (error !== null && error.code !== 1 && error.code !== 2) reject(new Error(`tsc failed: ${stderr || stdout}`))
      else resolve(stdout)
    })
  })
}
