package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.coordinate.Update;

/** An update that can travel. Immutable. */
public interface EncodableUpdate extends Update {

  /** The bytes that {@link Updates} reads. */
  byte[] encode();
}
