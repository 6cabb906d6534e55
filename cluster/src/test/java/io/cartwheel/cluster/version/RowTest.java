package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.form;
import static io.cartwheel.cluster.version.Rows.row;
import static io.cartwheel.cluster.version.Rows.tombstone;
import static io.cartwheel.cluster.version.Rows.value;
import static io.cartwheel.cluster.version.Rows.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
  private static final Sibling A1 = value(dot(1, 1), "a");
  private static final Sibling A2 = value(dot(1, 2), "aa");
  private static final Sibling B1 = value(dot(2, 1), "b");

  @Test
  void merge_keepsConcurrentSiblings() {
    assertEquals(row(A1, B1), row(A1).merge(row(B1)));
  }

  @Test
  void merge_dropsWhatTheOtherSideHasSeen() {
    Row overwritten = row(vector(A1.dot()), B1);
    assertEquals(overwritten, row(A1).merge(overwritten));
    assertEquals(overwritten, overwritten.merge(row(A1)));
  }

  @Test
  void merge_keepsAnEarlierDotOfTheSameActorThatIsStillThere() {
    Row both = row(A1, A2);
    assertEquals(both, row(A1).merge(both));
  }

  @Test
  void merge_thatBringsNothing_isTheVeryRow() {
    Row row = row(vector(A1.dot()), B1, A2);
    assertSame(row, row.merge(row(A1)));
    assertSame(row, row.merge(Row.EMPTY));
    assertSame(row, row.merge(row(vector(A1.dot()), B1, A2)));
    StoredRow stored = new StoredRow(row, null);
    assertSame(stored, stored.merge(row(A1)));
    assertNotEquals(stored, stored.merge(row(value(dot(3, 1), "c"))));
  }

  @Test
  void merge_ofOneDot_takesTheLaterForm() {
    Row omitted = row(form(A1, Sibling.Form.OMITTED));
    Row stripped = row(form(A1, Sibling.Form.STRIPPED));
    assertEquals(row(A1), omitted.merge(row(A1)));
    assertEquals(row(A1), row(A1).merge(omitted));
    assertEquals(stripped, row(A1).merge(stripped));
    assertEquals(stripped, stripped.merge(row(A1)));
    assertSame(stripped, stripped.merge(omitted));
  }

  @Test
  void tombstone_coversWhatItSaw() {
    Row deleted = row(vector(A1.dot()), tombstone(dot(2, 1)));
    assertEquals(List.of(tombstone(dot(2, 1))), row(A1).merge(deleted).siblings());
  }

  @Test
  void discard_dropsWhatThePastCoversAndKnowsIt() {
    Row row = row(A1, B1).discard(vector(A1.dot(), dot(9, 9)));
    assertEquals(List.of(B1), row.siblings());
    assertTrue(row.context().covers(dot(9, 9)));
    assertTrue(row.context().covers(A1.dot()));
  }

  @Test
  void includes_judgesSiblingsAndNotContexts() {
    assertTrue(row(A1, B1).includes(row(A1)));
    assertFalse(row(A1).includes(row(A1, B1)));
    assertFalse(row(A1).includes(row(vector(A1.dot()), B1)), "overwritten there");
    assertTrue(row(vector(A1.dot()), B1).includes(row(A1)));
    // The same siblings, but one side has cut its vector: nothing to repair.
    assertTrue(row(B1).includes(row(vector(A1.dot()), B1)));
    assertTrue(row(A1).includes(row(A1).versionsOnly()));
    assertTrue(row(A1).versionsOnly().includes(row(A1)));
    assertTrue(Row.EMPTY.includes(Row.EMPTY));
    assertTrue(row(A1).includes(Row.EMPTY));
    assertFalse(Row.EMPTY.includes(row(A1)));
  }

  @Test
  void versionsOnly_leavesOutBytesAndNothingElse() {
    Row row = row(A1, tombstone(dot(3, 1)), form(B1, Sibling.Form.STRIPPED));
    Row bare = row.versionsOnly();
    assertTrue(bare.sameDots(row));
    assertEquals(row.context(), bare.context());
    assertEquals(
        List.of(Sibling.Form.OMITTED, Sibling.Form.STRIPPED, Sibling.Form.TOMBSTONE),
        bare.siblings().stream().map(Sibling::form).toList());
    assertEquals(1, bare.liveCount(0));
  }

  @Test
  void vectors_joinToTheLaterOfEach() {
    VersionVector a = vector(dot(1, 3), dot(-1, 1));
    VersionVector b = vector(dot(1, 2), dot(5, 1));
    VersionVector joined = a.join(b);
    assertEquals(vector(dot(1, 3), dot(5, 1), dot(-1, 1)), joined);
    assertEquals(joined, b.join(a));
    assertSame(joined, joined.join(a));
    assertSame(a, a.join(VersionVector.EMPTY));
    assertTrue(joined.covers(a));
    assertFalse(a.covers(b));
    assertEquals(-1L, joined.actorAt(2), "actors are unsigned");
  }

  @Test
  void vectorsThatDisagreeOnATime_joinToTheLaterOnBothSides() {
    VersionVector early = VersionVector.of(dot(1, 1), 5);
    VersionVector late = VersionVector.of(dot(1, 1), 9);
    assertEquals(late, early.join(late));
    assertEquals(late, late.join(early));
  }

  @Test
  void vectors_boundTheirTimes() {
    VersionVector vector = VersionVector.of(dot(1, 1), 5).join(VersionVector.of(dot(2, 1), 9));
    assertSame(vector, vector.timesUpTo(9));
    assertEquals(7, vector.timesUpTo(7).latestTime());
    assertEquals(5, vector.timesUpTo(7).timeAt(0));
    assertEquals(VersionVector.of(dot(2, 1), 9), vector.without(0));
  }
}
