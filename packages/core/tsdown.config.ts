import { fileURLToPath } from 'node:url'
import { library } from '@sidestep/config/tsdown'

export default library(
  {
    index: 'src/index.ts',
    job: 'src/job.ts',
    component: 'src/component.ts',
    environment: 'src/environment/place-packages.ts',
    files: 'src/files.ts',
    flavor: 'src/flavor.ts',
    process: 'src/process.ts',
    project: 'src/project.ts',
  },
  // As files of their own, hundreds, they take long to load.
  {
    bundles: [
      '@jridgewell/sourcemap-codec',
      '@jridgewell/sourcemap-codec',
      'canonicalize',
      'devalue',
      'fastest-levenshtein',
      'kysely',
      'magic-string',
      'modern-tar',
      'semver',
      'yaml',
      'zod',
    ],
    // Their ES modules: what they have for Node.js is CommonJS, which needs a loader of its own.
    alias: {
      'fastest-levenshtein': fileURLToPath(new URL('esm/mod.js', import.meta.resolve('fastest-levenshtein'))),
      yaml: fileURLToPath(new URL('browser/index.js', import.meta.resolve('yaml/package.json'))),
    },
    // Integrations import the one, the command line the other, and each start waits for them.
    together: { start: ['src/component.ts', 'src/files.ts', 'src/flavor.ts', 'src/project.ts'] },
  },
)
