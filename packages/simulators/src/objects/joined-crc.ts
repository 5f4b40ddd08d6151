/**
 * The sum of bytes that are joined, from the sums of their parts. A CRC is a remainder of polynomials over two elements: bytes that
 * follow multiply it by x^8 each. Numbers are reflected: the highest bit stands for 1, the next for x.
 */
export class JoinedCrc {
  readonly #polynomial: bigint
  readonly #one: bigint
  #size = -1
  #power = 0n

  /** `polynomial`: reflected. `bits`: of the sum, 32 or 64. */
  constructor(polynomial: bigint, bits: number) {
    this.#polynomial = polynomial
    this.#one = 1n << BigInt(bits - 1)
  }

  /** Of the bytes of `left` and then those of `right`, which are `rightSize` many. */
  join(left: bigint, right: bigint, rightSize: number): bigint {
    // Most parts of an object have one size.
    if (rightSize !== this.#size) {
      this.#power = this.#bytes(rightSize)
      this.#size = rightSize
    }
    return this.#multiply(this.#power, left) ^ right
  }

  /** x^(8 size). */
  #bytes(size: number): bigint {
    let [result, square] = [this.#one, this.#one >> 8n]
    for (let left = size; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = this.#multiply(result, square)
      square = this.#multiply(square, square)
    }
    return result
  }

  #multiply(left: bigint, right: bigint): bigint {
    let [product, shifted] = [0n, right]
    for (let bit = this.#one; bit > 0n; bit >>= 1n) {
      if (left & bit) product ^= shifted
      shifted = (shifted >> 1n) ^ (shifted & 1n ? this.#polynomial : 0n)
    }
    return product
  }
}
