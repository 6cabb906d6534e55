package io.cartwheel.resp.server;

import io.cartwheel.resp.command.CommandSpec.Order;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of a connection's commands may run now. Commands on one key take effect in the order in
 * which they were sent, reads of it among themselves may overlap; commands on different keys may
 * overlap; {@link Order#ALL} waits for all earlier ones, and all later ones wait for it; {@link
 * Order#LOCAL} waits until all earlier ones have begun.
 *
 * <p>Each command counts what it still waits for. A key remembers its last writer and the readers
 * since, so that a command looks only at those of its own keys. For one thread.
 */
final class CommandOrder {
  private final Map<KeyBytes, Lane> lanes = new HashMap<>();
  private final ArrayDeque<Ticket> ready = new ArrayDeque<>();
  private final List<Ticket> unbegun = new ArrayList<>();
  private final List<Ticket> unfinished = new ArrayList<>();
  private Ticket lastAll;

  /** One command's place. */
  static class Ticket {
    private final Order order;
    private final boolean write;
    private final KeyBytes[] keys;
    private int waitsFor;
    private List<Ticket> whenBegun = List.of();
    private List<Ticket> whenFinished = List.of();
    private int unbegunAt;
    private int unfinishedAt;

    /**
     * @param keys the command's, perhaps one of them twice; none unless the order is KEYS
     */
    Ticket(Order order, boolean write, List<byte[]> keys) {
      this.order = order;
      this.write = write;
      this.keys = new KeyBytes[keys.size()];
      for (int i = 0; i < this.keys.length; i++) {
        this.keys[i] = new KeyBytes(keys.get(i));
      }
    }

    /** How many keys it has, one that is there twice counted twice. */
    final int keyCount() {
      return keys.length;
    }
  }

  /** Takes in the next command; {@link #poll} returns it when its time has come. */
  void arrive(Ticket ticket) {
    if (lastAll != null) {
      waitForEnd(lastAll, ticket);
    }
    switch (ticket.order) {
      case KEYS -> {
        for (KeyBytes key : ticket.keys) {
          lanes.computeIfAbsent(key, k -> new Lane()).arrive(ticket);
        }
      }
      case ALL -> {
        for (Ticket earlier : unfinished) {
          if (earlier != lastAll) {
            waitForEnd(earlier, ticket);
          }
        }
        lastAll = ticket;
      }
      case LOCAL -> {
        for (Ticket earlier : unbegun) {
          earlier.whenBegun = with(earlier.whenBegun, ticket);
          ticket.waitsFor++;
        }
      }
      case READING -> throw new IllegalArgumentException("a command that never waits");
    }
    ticket.unbegunAt = add(unbegun, ticket);
    ticket.unfinishedAt = add(unfinished, ticket);
    if (ticket.waitsFor == 0) {
      ready.add(ticket);
    }
  }

  /** The next command that may begin; null where all have to wait. */
  Ticket peek() {
    return ready.peek();
  }

  /** The next command to begin, which has begun by this; null where all others have to wait. */
  Ticket poll() {
    Ticket ticket = ready.poll();
    if (ticket == null) {
      return null;
    }
    Ticket moved = removeAt(unbegun, ticket.unbegunAt);
    moved.unbegunAt = ticket.unbegunAt;
    release(ticket.whenBegun);
    ticket.whenBegun = List.of();
    return ticket;
  }

  /** The command has had its effect. */
  void finish(Ticket ticket) {
    Ticket moved = removeAt(unfinished, ticket.unfinishedAt);
    moved.unfinishedAt = ticket.unfinishedAt;
    if (ticket == lastAll) {
      lastAll = null;
    }
    for (KeyBytes key : ticket.keys) {
      Lane lane = lanes.get(key);
      if (lane != null && lane.leave(ticket)) {
        lanes.remove(key);
      }
    }
    release(ticket.whenFinished);
    ticket.whenFinished = List.of();
  }

  /** Forgets all commands: no other begins, arrives or finishes after this. */
  void forgetAll() {
    for (Ticket ticket : unfinished) {
      ticket.whenBegun = List.of();
      ticket.whenFinished = List.of();
    }
    lanes.clear();
    ready.clear();
    unbegun.clear();
    unfinished.clear();
    lastAll = null;
  }

  /** Whether nothing is remembered of any command. */
  boolean isEmpty() {
    return unfinished.isEmpty() && unbegun.isEmpty() && lanes.isEmpty() && ready.isEmpty();
  }

  private void release(List<Ticket> waiting) {
    for (int i = 0; i < waiting.size(); i++) {
      Ticket ticket = waiting.get(i);
      ticket.waitsFor--;
      if (ticket.waitsFor == 0) {
        ready.add(ticket);
      }
    }
  }

  private static void waitForEnd(Ticket earlier, Ticket later) {
    earlier.whenFinished = with(earlier.whenFinished, later);
    later.waitsFor++;
  }

  private static List<Ticket> with(List<Ticket> list, Ticket ticket) {
    List<Ticket> longer = list.isEmpty() ? new ArrayList<>(2) : list;
    longer.add(ticket);
    return longer;
  }

  private static int add(List<Ticket> list, Ticket ticket) {
    list.add(ticket);
    return list.size() - 1;
  }

  /** Fills the gap with the last one, which is returned: it stands there now. */
  private static Ticket removeAt(List<Ticket> list, int index) {
    Ticket last = list.remove(list.size() - 1);
    if (index < list.size()) {
      list.set(index, last);
    }
    return last;
  }

  /** The commands under way on one key that a later one may have to wait for. */
  private static final class Lane {
    private Ticket writer;
    private final List<Ticket> readersSince = new ArrayList<>(1);

    void arrive(Ticket ticket) {
      if (ticket == writer || isLastReader(ticket)) {
        return; // It has this key more than once.
      }
      if (!ticket.write) {
        if (writer != null) {
          waitForEnd(writer, ticket);
        }
        readersSince.add(ticket);
        return;
      }
      if (writer != null) {
        waitForEnd(writer, ticket);
      }
      for (Ticket reader : readersSince) {
        waitForEnd(reader, ticket);
      }
      readersSince.clear();
      writer = ticket;
    }

    private boolean isLastReader(Ticket ticket) {
      int count = readersSince.size();
      return count > 0 && readersSince.get(count - 1) == ticket;
    }

    /** Returns whether nobody is left. */
    boolean leave(Ticket ticket) {
      if (ticket == writer) {
        writer = null;
      } else {
        readersSince.remove(ticket);
      }
      return writer == null && readersSince.isEmpty();
    }
  }

  /** A key's bytes as the key of a map; comparable, so that keys made to collide cost little. */
  private static final class KeyBytes implements Comparable<KeyBytes> {
    private final byte[] bytes;
    private final int hash;

    KeyBytes(byte[] bytes) {
      this.bytes = bytes;
      this.hash = Arrays.hashCode(bytes);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof KeyBytes that
          && hash == that.hash
          && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public int compareTo(KeyBytes other) {
      return Arrays.compare(bytes, other.bytes);
    }
  }
}
