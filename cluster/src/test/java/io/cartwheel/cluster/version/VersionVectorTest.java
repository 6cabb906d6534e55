package io.cartwheel.cluster.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VersionVectorTest {
  private static final VersionVector VECTOR =
      VersionVector.of(new Dot(1, 5), 50).join(VersionVector.of(new Dot(2, 1), 20));

  @Test
  void before_forgetsADotAndTheLaterOnesOfItsActor() {
    VersionVector before = VECTOR.before(new Dot(1, 4));
    assertTrue(before.covers(new Dot(1, 3)));
    assertFalse(before.covers(new Dot(1, 4)));
    assertTrue(before.covers(new Dot(2, 1)));
    assertEquals(VECTOR, before.join(VECTOR));
  }

  @Test
  void before_theFirstDotOfAnActorForgetsTheActor() {
    assertEquals(VersionVector.of(new Dot(1, 5), 50), VECTOR.before(new Dot(2, 1)));
  }

  @Test
  void before_whatIsNotKnownIsTheSameVector() {
    assertSame(VECTOR, VECTOR.before(new Dot(1, 6)));
    assertSame(VECTOR, VECTOR.before(new Dot(3, 1)));
  }
}
