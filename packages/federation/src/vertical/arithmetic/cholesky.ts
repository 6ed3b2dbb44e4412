import { innerProduct } from './inner-product.ts'

/**
 * Cholesky factor L of a symmetric positive definite matrix, A = LLᵀ (Golub and Van Loan, Matrix Computations, 4.2.5).
 * @param matrix p·p values, row by row; the lower half is read
 * @returns p·p values, row by row; zero above the diagonal
 * @throws RangeError when the matrix is not positive definite
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const factor = new Float64Array(size * size)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = at(matrix, row * size + column)
      for (let k = 0; k < column; k += 1) sum -= at(factor, row * size + k) * at(factor, column * size + k)
      if (row !== column) factor[row * size + column] = sum / at(factor, column * size + column)
      else if (sum > 0) factor[row * size + row] = Math.sqrt(sum)
      else throw new RangeError(`the matrix is not positive definite at row ${row}`)
    }
  }
  return factor
}

/** Solves LLᵀx = b. */
export function solveCholesky(factor: Float64Array, right: readonly number[]): number[] {
  const size = right.length
  const x = [...right]
  for (let row = 0; row < size; row += 1) {
    let sum = at(x, row)
    for (let k = 0; k < row; k += 1) sum -= at(factor, row * size + k) * at(x, k)
    x[row] = sum / at(factor, row * size + row)
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = at(x, row)
    for (let k = row + 1; k < size; k += 1) sum -= at(factor, k * size + row) * at(x, k)
    x[row] = sum / at(factor, row * size + row)
  }
  return x
}

/** XᵀX of columns with n entries of so many binary digits each, row by row. */
export function gram(columns: readonly Float64Array[], digits: number): Float64Array<ArrayBuffer> {
  const size = columns.length
  const product = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const sum = innerProduct(columns[i] ?? none, columns[j] ?? none, digits)
      product[i * size + j] = sum
      product[j * size + i] = sum
    }
  }
  return product
}

const none = new Float64Array(0)

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? 0
