import { Cropping, type CroppingOptions } from './cropping.ts'

export class Cropping3D extends Cropping {
  static override readonly className = 'Cropping3D'

  constructor(options: CroppingOptions) {
    super(3, options)
  }
}

/**
 * Cuts off the places at the edges: [batch, depth, height, width, channels] → [batch, depth′, height′, width′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, of open size, or of which nothing is left
 * @example
 * const inside = layers.cropping3d({ cropping: 1 })(input({ shape: [8, 28, 28, 4] })) // [null, 6, 26, 26, 4]
 */
export const cropping3d = (options: CroppingOptions = {}): Cropping3D => new Cropping3D(options)
