/**
 * A node of the laboratory: as that of a holder, but what it reads from its disk comes late or changed, as files in its
 * directory say while it runs. `latency_ms` holds a number; while `corrupt` is there, one bit of each block is wrong.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { run } from '../../keeping/holder/run.mjs'

function unreliable (store, directory) {
  const [late, corrupt] = ['latency_ms', 'corrupt'].map(name => join(directory, name))
  return new Proxy(store, {
    get (target, name) {
      const found = Reflect.get(target, name, target)
      if (name !== 'get') return typeof found === 'function' ? found.bind(target) : found
      return async function * (...parameters) {
        if (existsSync(late)) await setTimeout(Number(readFileSync(late, 'utf8')))
        for await (const piece of target.get(...parameters)) {
          yield existsSync(corrupt) ? changed(piece) : piece
        }
      }
    }
  })
}

function changed (piece) {
  const copy = Uint8Array.from(piece)
  copy[copy.length >> 1] ^= 1
  return copy
}

await run(unreliable)
