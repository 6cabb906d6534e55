package io.cartwheel.cluster.ring;

import java.util.ArrayList;
import java.util.List;

/** Members for tests. */
final class Members {
  private Members() {}

  static Member member(String name, String rack, int weight) {
    return new Member(
        new NodeName(name), name.hashCode(), name + ":16379", name + ":6379", rack, weight);
  }

  /** {@code n000}, {@code n001}... of one weight, without racks. */
  static List<Member> alike(int count) {
    return inRacks(count, 0);
  }

  /** The same in racks {@code r0}, {@code r1}... in turn; without racks for 0. */
  static List<Member> inRacks(int count, int racks) {
    List<Member> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      members.add(member(String.format("n%03d", i), racks == 0 ? "" : "r" + i % racks, 1));
    }
    return members;
  }
}
