import type { Rolldown } from 'tsdown'

/**
 * Writes all characters beyond ASCII as escapes: with a single one of them, V8 holds a whole file as two bytes for each
 * character, and takes longer to load it. They are in texts and comments; `String.raw` would show the escapes.
 */
export function asciiOnly(): Rolldown.Plugin {
  return {
    name: 'ascii-only',
    // After the bundler has printed its last. No line moves, so the source maps stay as they are.
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk' && JAVASCRIPT.test(file.fileName)) file.code = escapeOthers(file.code)
      }
    },
  }
}

const JAVASCRIPT = /\.[cm]?js$/

function escapeOthers(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
