package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.at;
import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.expiring;
import static io.cartwheel.cluster.version.Rows.form;
import static io.cartwheel.cluster.version.Rows.of;
import static io.cartwheel.cluster.version.Rows.row;
import static io.cartwheel.cluster.version.Rows.tombstone;
import static io.cartwheel.cluster.version.Rows.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReadingTest {
  private static final long NOW = 1_000;
  private static final RequestId REQUEST = new RequestId(8, 8);

  @Test
  void nothing_isRead() {
    Reading reading = Reading.of(Row.EMPTY, false, NOW);
    assertFalse(reading.exists());
    assertNull(reading.single());
    assertEquals(VersionVector.EMPTY, reading.context());
  }

  @Test
  void severalLiveValues_areShownInOrderOfTheirDots() {
    Sibling late = at(value(dot(1, 1), "x"), 9);
    Sibling early = at(value(dot(-1, 1), "y"), 2);
    Reading reading = Reading.of(row(early, late), false, NOW);
    assertEquals(List.of(late, early), reading.live());
    assertTrue(reading.isConflict());
    assertThrows(IllegalStateException.class, reading::single);
  }

  @Test
  void siblingsOfOneRequest_countAsOneAndTheGreatestDotStandsForThem() {
    Sibling first = of(value(dot(1, 1), "v"), REQUEST, true);
    Sibling second = of(value(dot(2, 1), "v"), REQUEST, true);
    assertEquals(List.of(second), live(first, second));
  }

  @Test
  void equalPlainValues_countAsOne() {
    assertEquals(
        List.of(value(dot(2, 1), "v")), live(value(dot(1, 1), "v"), value(dot(2, 1), "v")));
  }

  @Test
  void equalValuesOfReadModifyWrites_stayApart() {
    Sibling computed = of(value(dot(1, 1), "5"), new RequestId(1, 1), true);
    Sibling other = of(value(dot(2, 1), "5"), new RequestId(2, 2), true);
    assertEquals(List.of(computed, other), live(computed, other));
    Sibling plain = value(dot(3, 1), "5");
    assertEquals(List.of(computed, plain), live(computed, plain));
  }

  @Test
  void equalValuesOfAnotherExpiryOrType_stayApart() {
    Sibling lasting = value(dot(1, 1), "v");
    Sibling passing = expiring(value(dot(2, 1), "v"), NOW + 1);
    assertEquals(List.of(lasting, passing), live(lasting, passing));
  }

  @Test
  void aTombstoneOrAnExpiredValueBesideALiveOne_isNotShown() {
    Sibling live = value(dot(1, 1), "v");
    Sibling dead = tombstone(dot(2, 1));
    Sibling expired = expiring(value(dot(3, 1), "old"), NOW);
    Sibling stripped = form(expiring(value(dot(4, 1), "old"), NOW), Sibling.Form.STRIPPED);
    assertEquals(List.of(live), live(live, dead, expired, stripped));
    assertEquals(List.of(), live(dead, expired, stripped));
  }

  @Test
  void aValue_livesUntilItsExpiry() {
    Sibling passing = expiring(value(dot(1, 1), "v"), NOW + 1);
    assertEquals(List.of(passing), live(passing));
    assertFalse(Reading.of(row(passing), false, NOW + 1).exists());
  }

  @Test
  void versionsOnly_doNotTellWhetherValuesAreEqual() {
    Sibling a = value(dot(1, 1), "v");
    Sibling b = value(dot(2, 1), "v");
    assertEquals(2, Reading.of(row(a, b).versionsOnly(), false, NOW).live().size());
    Sibling half = form(b, Sibling.Form.OMITTED);
    assertEquals(List.of(a, half), live(a, half));
    Sibling retried = of(b, a.request(), false);
    assertEquals(1, Reading.of(row(a, retried).versionsOnly(), false, NOW).live().size());
  }

  @Test
  void newest_isTheLatestOfAllSiblings() {
    Sibling early = at(value(dot(9, 1), "early"), 5);
    Sibling late = at(value(dot(1, 1), "late"), 7);
    assertEquals(List.of(late), Reading.of(row(early, late), true, NOW).live());
    Sibling tied = at(value(dot(3, 1), "tied"), 7);
    assertEquals(List.of(tied), Reading.of(row(early, late, tied), true, NOW).live());
  }

  @Test
  void newest_isNothingWhereTheLatestIsDead() {
    Sibling live = at(value(dot(1, 1), "v"), 5);
    Sibling deleted = at(tombstone(dot(2, 1)), 6);
    Reading reading = Reading.of(row(live, deleted), true, NOW);
    assertFalse(reading.exists());
    assertEquals(row(live, deleted).context(), reading.context());
    Sibling expired = expiring(at(value(dot(3, 1), "old"), 8), NOW);
    assertFalse(Reading.of(row(live, expired), true, NOW).exists());
  }

  private static List<Sibling> live(Sibling... siblings) {
    return Reading.of(row(siblings), false, NOW).live();
  }
}
