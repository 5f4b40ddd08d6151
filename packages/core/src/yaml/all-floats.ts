import type { ScalarTag, Tags } from 'yaml'

/** YAML's own `!!float` refuses `1`, which the tag is there for. */
const FLOAT: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  resolve(text, onError) {
    if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text)) return Number(text)
    if (/^[-+]?\.inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
    if (!/^\.nan$/i.test(text)) onError('it is no number')
    return NaN
  },
}

/** The tags of a schema, of which `!!float` takes every number. */
export function withAllFloats(tags: Tags): Tags {
  return [...tags, FLOAT]
}
