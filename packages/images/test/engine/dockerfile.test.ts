import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import * as fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'

import { contextEntries } from '../../src/engine/build-context.ts'
import { buildFailure } from '../../src/engine/build-failure.ts'
import { parseDockerfile, withImages } from '../../src/engine/dockerfile.ts'
import { packagesDockerfile, packagesOf } from '../../src/engine/packages-dockerfile.ts'
import { matcherOf } from '../../src/engine/path-pattern.ts'
import { signal, temporaryFolder } from '../builder/support.ts'

const parse = (text: string, platform = 'linux/amd64') => parseDockerfile(text, { origin: 'Dockerfile', platform })

const TEXT = `# syntax=docker/dockerfile:1
ARG VERSION=24
FROM --platform=$BUILDPLATFORM node:\${VERSION}-slim AS tools
COPY ["a b.txt", "c.txt", "/x/"]
FROM python:3.13 as last
COPY --from=tools /x /x
COPY --from=ghcr.io/acme/data:1 /d /d
ARG SRC=src
ADD https://example.com/y.tgz git@github.com:acme/a.git ssh://git@host/b.git \\
  # a comment
  lock*.txt \${SRC:-x}/a /z/
RUN --mount=type=bind,source=req.txt,target=/r --mount=type=bind,from=busybox:1,target=/b true
COPY <<EOF /file
FROM nothing
EOF
`

test('what a Dockerfile takes from outside', () => {
  const { images, base, sources } = parse(TEXT)
  expect(images.map(({ name }) => name)).toEqual(['node:24-slim', 'python:3.13', 'ghcr.io/acme/data:1', 'busybox:1'])
  expect(base).toBe('python:3.13')
  expect(sources).toEqual([
    { pattern: 'a b.txt', line: 4 },
    { pattern: 'c.txt', line: 4 },
    { pattern: 'lock*.txt', line: 9 },
    { pattern: 'src/a', line: 9 },
    { pattern: 'req.txt', line: 12 },
  ])
  const pinned = withImages(
    TEXT,
    images.map((image, index) => ({ ...image, name: `pinned-${index}` })),
  )
  expect(pinned).toContain('FROM --platform=$BUILDPLATFORM pinned-0 AS tools')
  expect(pinned).toContain('FROM pinned-1 as last')
  expect(pinned).toContain('--from=pinned-2 /d')
  expect(pinned).toContain('from=pinned-3,target=/b')
  expect(pinned.split('\n')).toHaveLength(TEXT.split('\n').length)
})

test.each([
  ['RUN true', 'no FROM'],
  ['FROM $BASE', 'nothing says what that is'],
  ['ARG BASE\nFROM ${BASE}:1', 'Dockerfile:2'],
])('%j is refused', (text, message) => {
  expect(() => parse(text)).toThrow(message)
})

test('a stage is no image, and a variable of the base may be any file', () => {
  const { images, base, sources } = parse('FROM scratch AS one\nCOPY $HERE /x\nFROM one\nCOPY --from=0 /x /y\n')
  expect([images, base, sources]).toEqual([[], undefined, [{ pattern: '', line: 2 }]])
})

test('the platform is known, and the machine that builds is not', () => {
  const names = (text: string, platform?: string) => parse(text, platform).images.map(({ name }) => name)
  expect(names('FROM x-$TARGETARCH\nCOPY --from=y:${TARGETOS}-${TARGETARCH}${TARGETVARIANT} /a /b')).toEqual([
    'x-amd64',
    'y:linux-amd64',
  ])
  expect(names('FROM x:${TARGETARCH}${TARGETVARIANT}', 'linux/arm64/v8')).toEqual(['x:arm64v8'])
  expect(names('ARG TARGETARCH=own\nFROM x-$TARGETARCH')).toEqual(['x-own'])
  expect(() => names('FROM x-$BUILDARCH')).toThrow(
    expect.objectContaining({ code: 'IMAGE_INVALID', hint: expect.stringContaining('use TARGETARCH') as string }),
  )
})

test('no text makes the reader fail but by its own errors', () => {
  const word = fc.constantFrom(
    'FROM ',
    'COPY ',
    '--from=',
    'RUN --mount=',
    'from=',
    '["',
    '"]',
    '<<EOF',
    '\n',
    '\\\n',
    '${A',
    '}',
    'a',
    ' ',
    '#',
    'ARG A=',
    '\r\n',
    ',',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      try {
        const text = words.join('')
        const { images } = parse(text)
        for (const { start, end } of images) expect(start).toBeLessThanOrEqual(end)
        expect(withImages(text, images).length).toBeGreaterThanOrEqual(0)
      } catch (error) {
        expect(error).toMatchObject({ code: 'IMAGE_INVALID' })
      }
    }),
    { numRuns: 500 },
  )
})

describe('the context', () => {
  let folder: string
  beforeEach(async () => {
    folder = await temporaryFolder()
    const names = ['lock-1.txt', 'lock-2.txt', 'other.txt', 'src/a', 'src/deep/b', 'src/.env', 'src/log', '.env']
    for (const name of [...names, 'src/credentials/x', '.git/HEAD', '.git/config', 'node_modules/p/i.js']) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), name)
    }
    await writeFile(join(folder, '.dockerignore'), '**/log\n')
  })
  const entries = async (...patterns: readonly string[]) =>
    contextEntries({
      projectFolder: folder,
      dockerfile: 'Dockerfile',
      sources: patterns.map((pattern, index) => ({ pattern, line: index + 2 })),
      signal,
    })
  const paths = async (...patterns: readonly string[]) =>
    (await entries(...patterns))
      .filter(({ type }) => type === 'file')
      .map(({ path }) => path)
      .toSorted()

  test('is what is copied, without secrets and what is ignored, and with what others would leave out', async () => {
    const src = ['src/a', 'src/credentials/x', 'src/deep/b']
    const modules = ['.git/HEAD', 'node_modules/p/i.js']
    expect(await paths('lock-*.txt', './src/')).toEqual(['lock-1.txt', 'lock-2.txt', ...src])
    expect(await paths('lock-[^1].txt', '/s?c/a')).toEqual(['lock-2.txt', 'src/a'])
    expect(await paths('src/*')).toEqual(src)
    expect(await paths('src/**/[a-c]')).toEqual(['src/a', 'src/deep/b'])
    expect(await paths('**/i.js')).toEqual(['node_modules/p/i.js'])
    const whole = [...modules, '.dockerignore', 'lock-1.txt', 'lock-2.txt', 'other.txt', ...src].toSorted()
    expect(await paths('')).toEqual(whole)
    await writeFile(join(folder, 'Dockerfile.dockerignore'), '\uFEFFother.txt\n')
    expect(await paths('')).toContain('src/log')
    expect(await paths('')).not.toContain('other.txt')
  })

  test('has links as they are, wherever they lead', async () => {
    await symlink('../../elsewhere', join(folder, 'src/link'))
    expect(await entries('src')).toContainEqual({ type: 'symlink', path: 'src/link', target: '../../elsewhere' })
  })

  test('an empty pattern is left to the engine, as `COPY package.json yarn.* ./`', async () => {
    expect(await paths('other.txt', 'yarn.*', '[z-a]*')).toEqual(['other.txt'])
  })

  test.each([
    ['src/log', 'Dockerfile:2 copies src/log, and .dockerignore leaves it out'],
    ['.env', 'Dockerfile:2 copies .env, which no build gets: by its name it holds secrets'],
    ['.env*', 'Dockerfile:2 copies .env*, which no build gets'],
    ['nope', 'Dockerfile:2 copies nope, and there is no such file in /'],
    ['src/a/b', 'Dockerfile:2 copies src/a/b, and there is no such file'],
    ['https://example.com/x', 'Dockerfile:2 copies https://example.com/x, and there is no such file'],
    ['[a', 'Dockerfile:2 copies [a, which is no pattern'],
    ['src/[]a]', 'Dockerfile:2 copies src/[]a], which is no pattern'],
    ['a\\', 'Dockerfile:2 copies a\\\\, which is no pattern'],
  ])('%s', async (pattern, message) => {
    await expect(paths(pattern)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(message) as string,
      hint: expect.any(String) as string,
    })
  })

  test('what else cannot be sent is said with the line', async () => {
    await symlink('src', join(folder, 'way'))
    await expect(paths('other.txt', 'way/a')).rejects.toThrow('Dockerfile:3: way/a lies in way')
  })

  test('no pattern makes the matcher fail', () => {
    const character = fc.constantFrom(
      '*',
      '?',
      '[',
      ']',
      '^',
      '-',
      '\\',
      '/',
      'a',
      'z',
      '$',
      '(',
      '{',
      '\u{1F600}',
      '\n',
    )
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), fc.string({ unit: character }), (pattern, path) => {
        expect(matcherOf(pattern)?.test(path)).toBeOneOf([true, false, undefined])
        const escaped = pattern.replaceAll(/[\\*?[]/gu, String.raw`\$&`)
        expect(matcherOf(escaped)?.test(pattern)).toBe(true)
        expect(matcherOf(escaped)?.test(`${pattern}x`)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

test('packages become lines that a shell cannot misread', () => {
  const packages = packagesOf({
    aptPackages: ['jq', 'libc6=2.36-9'],
    pipRequirements: [`numpy==2; python_version>'3'`],
  })
  const text = packagesDockerfile(packages, { parent: 'base@sha256:1', user: '1000' })
  expect(text.split('\n')).toEqual([
    'FROM base@sha256:1',
    'USER root',
    expect.stringContaining('install -y --no-install-recommends jq libc6=2.36-9 &&'),
    expect.stringContaining(`--no-cache-dir 'numpy==2; python_version>'\\''3'\\'''`),
    'USER 1000',
    '',
  ])
  expect(() => packagesOf({ aptPackages: ['jq; rm -rf /'] })).toThrow('no Debian package')
  expect(() => packagesOf({ pipRequirements: ['--index-url https://user:secret@host'] })).toThrow('no requirement')
  expect(() => packagesOf({ pipRequirements: ['a\nRUN b'] })).toThrow('no requirement')
})

test.each([
  [['#7 [2/2] COPY x /y', '#7 ERROR: no space left on device'], 'infra', 'no space'],
  [['#3 ERROR: failed to do request: dial tcp: connection refused'], 'infra', 'refused'],
  [['#3 ERROR: pull access denied, repository does not exist'], 'auth', 'denied'],
  [
    ['#4 [2/2] RUN curl x', '#4 0.1 connection refused', '#4 ERROR: exit code: 7'],
    'config',
    'Dockerfile:2: RUN curl x',
  ],
  [['Dockerfile parse error line 2: unknown instruction: RUM'], 'config', 'Dockerfile:2'],
  [
    ['STEP 1/2: FROM a', 'STEP 2/2: RUN curl x', 'boom', 'Error: building at STEP "RUN curl x": exit status 1'],
    'config',
    'boom',
  ],
])('%j', (output, kind, message) => {
  const error = buildFailure({ origin: 'Dockerfile', dockerfile: 'FROM a\nRUN curl \\\n  x\n', output })
  expect(error).toMatchObject({ code: 'IMAGE_FAILED', kind })
  expect(error.message).toContain(message.replace('RUN curl x', 'RUN curl \\\n  x'))
})
