import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { dockerIgnore } from '../../src/layer/docker-ignore.ts'
import { entriesOfFolder } from '../../src/layer/entries-of-folder.ts'
import { IgnoreRules } from '../../src/layer/ignore-rules.ts'
import { nodeModulesEntries } from '../../src/layer/layer-of-node-modules.ts'
import { isSecretFile, isSecretPath } from '../../src/layer/secret-files.ts'
import { projectFileEntries } from '../../src/layer/step-files.ts'
import { never, paths, temporaryFolder } from './support.ts'

function project(files: readonly string[], ignore?: string): string {
  const folder = temporaryFolder()
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), path)
  }
  if (ignore !== undefined) writeFileSync(join(folder, '.dockerignore'), ignore)
  return folder
}

async function kept(files: readonly string[], { ignore, named = ['.'] }: { ignore?: string; named?: string[] } = {}) {
  const projectFolder = project(files, ignore)
  const rules = await IgnoreRules.read(projectFolder)
  const entries = projectFileEntries({ projectFolder, files: named, filesFolder: '/w', rules, signal: never })
  const found: string[] = []
  for await (const entry of entries) if (entry.type === 'file') found.push(entry.path)
  return found
    .filter((path) => path !== 'w/.dockerignore')
    .map((path) => path.slice(2))
    .sort()
}

const SECRETS = [
  '.env',
  '.env.local',
  '.ENV',
  'prod.env',
  '.envrc',
  'certs/server.pem',
  'certs/Server.KEY',
  'id_rsa',
  'keys/id_ed25519.pub',
  '.npmrc',
  'home/.netrc',
  '.aws/credentials',
  '.ssh/config',
  'a/.docker/config.json',
  '.sidestep/store/x',
  '.git/config',
  '.config/gcloud/x',
  '.kube/config',
  'infra/terraform.tfstate',
  '.git-credentials',
  '.yarnrc.yml',
  '.condarc',
  '.modal.toml',
  '.streamlit/secrets.toml',
  '.bash_history',
  'gcp/service-account-prod.json',
  'gcp/my-app-firebase-adminsdk-x1.json',
  'credentials.json',
  'infra/prod.auto.tfvars',
  'kaggle.json',
  '.config/gh/hosts.yml',
  '.cache/huggingface/token',
  '.cargo/credentials.toml',
  '.cargo/credentials',
  '.gem/credentials',
  '.config/git/credentials',
  '.config/containers/auth.json',
  '.m2/settings.xml',
  '.composer/auth.json',
  '.secrets.toml',
  'k8s/secret.yaml',
  'k8s/app-secrets.yml',
  '.dev.vars',
  '.dev.vars.production',
  'gcp-service-account.json',
  'my_service_account_key.json',
  'gcp-credentials.json',
  'google-credentials.json',
  '.vault_pass',
  'vault-password.txt',
  '.npmrc.bak',
  '.env~',
  'server.key.old',
  'id_rsa.1',
  'gnupg/secring.gpg',
]

/** Secrets where they are files. */
const SECRET_FILES = ['credentials', 'cloud/Credentials', 'credentials.bak', 'keys/deploy_rsa', 'github-ed25519']

describe('secrets', () => {
  test('never get in, whatever the rules say', async () => {
    const ignore = ['!**', ...SECRETS.map((path) => `!${path}`)].join('\n')
    expect(await kept([...SECRETS, 'src/ok.ts'], { ignore })).toEqual(['src/ok.ts'])
  })

  test.each(SECRETS)('%s is an error where it is named', async (path) => {
    await expect(kept([path], { named: [path] })).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('by its name it holds secrets') as string,
    })
  })

  test.each(SECRET_FILES)('%s is one where it is a file', async (path) => {
    expect(await kept([path, 'src/ok.ts'], { ignore: `!**\n!${path}` })).toEqual(['src/ok.ts'])
    expect(await kept([`${path}/ok.ts`])).toEqual([`${path}/ok.ts`])
    await expect(kept([path], { named: [path] })).rejects.toThrow('by its name it holds secrets')
  })

  test.each([
    'src/environment.ts',
    'keyboard.ts',
    'monkey',
    'env/x',
    'pem.ts',
    'a.env.ts',
    'docker/config.json',
    '.git/HEAD',
    'src/credentials.ts',
    'src/secrets.ts',
    'data/history.json',
    'tokens/token',
    'service-account.ts',
    '.cache/huggingface/hub/model',
    'src/credentials/aws.py',
    'settings.xml',
    'notes.bak',
    'src/secret.ts',
    'accounts/service.json',
    'models/rsa',
  ])('%s is none', (path) => expect([isSecretPath(path), isSecretFile(path)]).toEqual([false, false]))

  test('nowhere in a tree, and not by any rule', () => {
    const name = fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.replaceAll('/', '_'))
    const pattern = fc.string({ unit: fc.constantFrom('!', '*', '/', '.', 'e', 'n', 'v', '?'), maxLength: 12 })
    fc.assert(
      fc.property(fc.array(name), fc.constantFrom(...SECRETS), fc.array(pattern), (above, secret, lines) => {
        const rules = rulesOrNone(lines)
        if (rules === undefined) return
        const path = [...above, secret].join('/')
        expect(rules.reason(path)).toBe('secret')
        expect(rules.below('')(path)).toBe('all')
        expect(() => rules.below(path)).toThrow('secrets')
      }),
    )
  })
})

function rulesOrNone(lines: readonly string[]): IgnoreRules | undefined {
  try {
    return new IgnoreRules(lines)
  } catch (error) {
    expect(error).toMatchObject({ code: 'IMAGE_INVALID' })
    return undefined
  }
}

describe('the rules of a project', () => {
  const TREE = [
    'a.md',
    'b.ts',
    'docs/c.md',
    'docs/deep/d.md',
    'node_modules/p/e.js',
    '.git/HEAD',
    'x/__pycache__/f.pyc',
    '.cache/model',
  ]

  test.each([
    ['by default', undefined, ['a.md', 'b.ts', 'docs/c.md', 'docs/deep/d.md']],
    ['*.md is one folder only', '*.md', ['b.ts', 'docs/c.md', 'docs/deep/d.md']],
    ['**/*.md is every folder', '**/*.md', ['b.ts']],
    ['a folder and all below it', '# comment\n\n  /docs/  ', ['a.md', 'b.ts']],
    ['the last one decides', 'docs\n!docs/deep/d.md', ['a.md', 'b.ts', 'docs/deep/d.md']],
    ['and again', 'docs\n!docs/deep\ndocs/deep/d.md', ['a.md', 'b.ts']],
    ['everything but', '*\n!b.ts\n', ['b.ts']],
    ['what is unwanted can come back', '*\n!node_modules/p\n!.git', ['.git/HEAD', 'node_modules/p/e.js']],
    ['a byte order mark, CRLF', '\uFEFF*.md\r\nb.ts\r\n', ['docs/c.md', 'docs/deep/d.md']],
    [
      'what leads out of the project says nothing',
      '../*\n../a.md\nx/../../a.md\n/../b.ts',
      ['a.md', 'docs/c.md', 'docs/deep/d.md'],
    ],
    ['a dot says nothing', '.\n./a.md', ['b.ts', 'docs/c.md', 'docs/deep/d.md']],
  ])('%s', async (_, ignore, expected) => {
    expect(await kept(TREE, ignore === undefined ? {} : { ignore })).toEqual(expected)
  })

  test('characters that mean something to regular expressions are plain ones', async () => {
    const files = ['a+b', 'aab', 'c(1).txt', '{d}', 'e|f', 'e', '^g', 'constructor', '__proto__', 'h1', 'h2']
    expect(await kept(files, { ignore: 'a+b\nc(1).txt\n{d}\ne|f\n^g\nconstructor\n__proto__\nh[1]' })).toEqual([
      'aab',
      'e',
      'h2',
    ])
  })

  test.each([
    ['!', '.dockerignore:2: "!" needs a pattern'],
    ['[', 'is no pattern'],
    ['a[b', 'is no pattern'],
  ])('%s is an error with its line', (line, message) => {
    expect(() => new IgnoreRules(['ok', line])).toThrow(message)
  })

  test('what is named is wanted, unless the project itself says no', async () => {
    expect(await kept(TREE, { named: ['.cache/model', './docs/', 'docs/c.md'] })).toEqual([
      '.cache/model',
      'docs/c.md',
      'docs/deep/d.md',
    ])
    expect(await kept(TREE, { named: ['node_modules'] })).toEqual(['node_modules/p/e.js'])
    await expect(kept(TREE, { named: ['docs'], ignore: 'docs' })).rejects.toThrow('.dockerignore leaves it out')
    expect(await kept(TREE, { named: ['docs'], ignore: 'docs\n!docs/c.md' })).toEqual(['docs/c.md'])
  })

  test.each(['/etc/passwd', '..', 'a/../../b', ''])('%j is no path of the project', async (named) => {
    await expect(kept([], { named: [named] })).rejects.toThrow('is no path in the project')
  })

  test('a folder that is skipped holds nothing that would be kept', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'c.md', '.git')
    const part = fc.constantFrom('a', 'b', '*', '**', 'a*', '?', '*.md', 'ab')
    const line = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([negated, parts]) => `${negated ? '!' : ''}${parts.join('/')}`)
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.array(name, { minLength: 1, maxLength: 4 }), (lines, names) => {
        const rules = dockerIgnore(lines, 'test')
        const path = names.join('/')
        if (rules.ignores(path)) return
        for (let count = 1; count < names.length; count++) {
          const folder = names.slice(0, count).join('/')
          expect(!rules.ignores(folder) || rules.mayKeepBelow(folder)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('packages keep their certificates, and lose what npm keeps for itself', async () => {
  const folder = project([
    'node_modules/.package-lock.json',
    'node_modules/p/ca.pem',
    'node_modules/p/node_modules/q/index.js',
  ])
  const entries = nodeModulesEntries(folder, { signal: never })
  const below = 'opt/sidestep/node_modules'
  expect(await paths(entries)).toEqual([
    `${below}/p`,
    `${below}/p/ca.pem`,
    `${below}/p/node_modules`,
    `${below}/p/node_modules/q`,
    `${below}/p/node_modules/q/index.js`,
  ])
  expect(
    await paths(entriesOfFolder(folder, { below: 'x', path: 'node_modules/p/ca.pem', signal: never })),
  ).toHaveLength(1)
})
