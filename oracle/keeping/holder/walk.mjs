import { createUnsafe } from 'multiformats/block'

/**
 * Walks the blocks of a file for pins, parents first. Helia's own walker ends the process where a block cannot be read,
 * by a rejection that nobody handles; a node must outlive a broken block on its disk.
 */
export function blockWalker ({ blockstore, getCodec }) {
  return {
    async * walk (cid, options) {
      const pieces = []
      for await (const piece of blockstore.get(cid, options)) pieces.push(piece)
      const block = createUnsafe({ cid, bytes: Buffer.concat(pieces), codec: await getCodec(cid.code) })
      yield { block }
      for (const [, linked] of block.links()) yield * this.walk(linked, options)
    }
  }
}
