package io.cartwheel.storage.memory;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * An ordered map that never changes: a put or a remove returns another map, which shares all but
 * the path from the root to the entry. So a reader that holds one has a snapshot for nothing.
 *
 * <p>It is a treap (Aragon and Seidel, "Randomized search trees", 1989): a search tree by key, a
 * heap by priority. With a good hash of the key as priority the tree is the one that random
 * insertion would give, expected depth about 2 ln n, and depends on its keys only, not on the order
 * in which they came. Every node carries the bytes below it, so the size of a range costs two
 * descents.
 */
final class Treap {
  static final Treap EMPTY = new Treap(null);

  /** What an entry costs beside its bytes: node, two array headers, references; roughly. */
  private static final int ENTRY_OVERHEAD_BYTES = 80;

  private final Node root;

  private Treap(Node root) {
    this.root = root;
  }

  static final class Node {
    final byte[] key;
    final byte[] value;
    final long priority;
    final Node left;
    final Node right;
    final long sizeBytes;

    Node(byte[] key, byte[] value, long priority, Node left, Node right) {
      this.key = key;
      this.value = value;
      this.priority = priority;
      this.left = left;
      this.right = right;
      this.sizeBytes = entryBytes(key, value) + size(left) + size(right);
    }

    Node with(Node newLeft, Node newRight) {
      return new Node(key, value, priority, newLeft, newRight);
    }
  }

  /** The root, for those who look at the shape. */
  Node root() {
    return root;
  }

  /** The value under {@code key}, or null. */
  byte[] get(byte[] key) {
    Node node = root;
    while (node != null) {
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  Treap put(byte[] key, byte[] value) {
    return new Treap(put(root, new Node(key, value, priority(key), null, null)));
  }

  Treap remove(byte[] key) {
    // The tree without the key would be another object; callers compare nothing, so look first.
    return get(key) == null ? this : new Treap(remove(root, key));
  }

  /** Bytes of the entries with {@code from <= key < to}; a null bound is open. */
  long sizeBytes(byte[] from, byte[] to) {
    return Math.max(0, below(to) - (from == null ? 0 : below(from)));
  }

  /** The entries with {@code from <= key < to} in order; a null bound is open. */
  Walk walk(byte[] from, byte[] to) {
    return new Walk(root, from, to);
  }

  private long below(byte[] bound) {
    if (bound == null) {
      return size(root);
    }
    long sum = 0;
    Node node = root;
    while (node != null) {
      if (Arrays.compareUnsigned(node.key, bound) < 0) {
        sum += entryBytes(node.key, node.value) + size(node.left);
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return sum;
  }

  private static Node put(Node node, Node added) {
    if (node == null) {
      return added;
    }
    int order = Arrays.compareUnsigned(added.key, node.key);
    if (order == 0) {
      return added.with(node.left, node.right);
    }
    if (order < 0) {
      Node left = put(node.left, added);
      return left.priority > node.priority
          ? left.with(left.left, node.with(left.right, node.right))
          : node.with(left, node.right);
    }
    Node right = put(node.right, added);
    return right.priority > node.priority
        ? right.with(node.with(node.left, right.left), right.right)
        : node.with(node.left, right);
  }

  private static Node remove(Node node, byte[] key) {
    int order = Arrays.compareUnsigned(key, node.key);
    if (order < 0) {
      return node.with(remove(node.left, key), node.right);
    }
    if (order > 0) {
      return node.with(node.left, remove(node.right, key));
    }
    return join(node.left, node.right);
  }

  private static Node join(Node left, Node right) {
    if (left == null) {
      return right;
    }
    if (right == null) {
      return left;
    }
    return left.priority >= right.priority
        ? left.with(left.left, join(left.right, right))
        : right.with(join(left, right.left), right.right);
  }

  private static long size(Node node) {
    return node == null ? 0 : node.sizeBytes;
  }

  private static long entryBytes(byte[] key, byte[] value) {
    return (long) key.length + value.length + ENTRY_OVERHEAD_BYTES;
  }

  /** FNV-1a over the key, then the finalizer of MurmurHash3 (Appleby), so that all bits count. */
  private static long priority(byte[] key) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : key) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }

  /** An in-order walk; its stack holds the nodes whose left side is done or out of range. */
  static final class Walk {
    private final Deque<Node> pending = new ArrayDeque<>();
    private final byte[] to;

    private Walk(Node root, byte[] from, byte[] to) {
      this.to = to;
      Node node = root;
      while (node != null) {
        if (from == null || Arrays.compareUnsigned(node.key, from) >= 0) {
          pending.push(node);
          node = node.left;
        } else {
          node = node.right;
        }
      }
    }

    /** The next entry, or null at the end. */
    Node next() {
      Node node = pending.poll();
      if (node == null || (to != null && Arrays.compareUnsigned(node.key, to) >= 0)) {
        pending.clear();
        return null;
      }
      for (Node below = node.right; below != null; below = below.left) {
        pending.push(below);
      }
      return node;
    }
  }
}
