/** The carrier has answered, and does not do it. */
export class CarrierRefusal extends Error {
  override readonly name = 'CarrierRefusal'
}
