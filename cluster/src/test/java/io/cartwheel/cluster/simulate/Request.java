package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** One request of a client, from its beginning to its answer. */
final class Request {
  /** What is asked. */
  enum Kind {
    GET,
    SET,
    /** With an expiry. */
    SET_EXPIRING,
    DEL,
    /** Adds its own number to what is there. */
    ADD,
    /** Where nothing is; of several keys, where none of them is. */
    SET_NX,
    /** What is there is to expire. */
    EXPIRE,
    /** Reads what is there, and changes when it expires: not at all any more, or then. */
    GET_EX,
    /** Reads what is there, and deletes it. */
    GET_DEL,
    /** Past is a token. */
    SET_CONTEXT,
    /** Past is a token. */
    DEL_CONTEXT,
    SCAN,
    COUNT,
    RANDOM_KEY;

    boolean isWrite() {
      return compareTo(SET) >= 0 && compareTo(DEL_CONTEXT) <= 0;
    }

    boolean isReadModifyWrite() {
      return compareTo(ADD) >= 0 && compareTo(GET_DEL) <= 0;
    }

    boolean hasContext() {
      return this == SET_CONTEXT || this == DEL_CONTEXT;
    }

    boolean deletes() {
      return this == DEL || this == DEL_CONTEXT || this == GET_DEL;
    }

    boolean expires() {
      return this == SET_EXPIRING || this == EXPIRE || this == GET_EX;
    }

    /** Whether it leaves the key as it is where nothing is there, or more than one value. */
    boolean changesWhatIsThere() {
      return compareTo(EXPIRE) >= 0 && compareTo(GET_DEL) <= 0;
    }
  }

  /** What its client knows. */
  enum Outcome {
    /** No answer yet. */
    PENDING,
    OK,
    /** Certainly not executed. */
    REFUSED,
    /** Perhaps executed, or yet will be. */
    UNCERTAIN,
    /** The node that was asked is gone. */
    ORPHANED
  }

  final int number;
  final Kind kind;
  final List<String> keys;
  final int node;
  final long process;
  final long begunNanos;

  /** How long the process asked had been held up before it began. */
  final long heldBeforeNanos;

  /** Cluster time at the node asked. */
  final long begunMillis;

  /** Whether nothing was wrong when it began. */
  final boolean begunInCalm;

  /** The number under which the process asked knows it: a tombstone names nothing else. */
  long sequence;

  long expiryMillis;

  /** Replicas that it asks for, 0 for the keyspace's; of a read or of a write. */
  int r;

  int w;

  /** How long its value is made, at the least. */
  int padding;

  VersionVector token = VersionVector.EMPTY;

  /** What the reading saw that gave the token. */
  List<Decision> tokenSaw = List.of();

  /** What was acknowledged when it began. */
  final List<Sight.Known> known = new ArrayList<>();

  /** What is put. */
  TreeSet<Integer> items = new TreeSet<>();

  final List<Write> writes = new ArrayList<>(1);
  Outcome outcome = Outcome.PENDING;
  String reply;
  long endedNanos;

  Request(
      int number,
      Kind kind,
      List<String> keys,
      int node,
      long process,
      long begunNanos,
      long heldBeforeNanos,
      long begunMillis,
      boolean begunInCalm) {
    this.number = number;
    this.kind = kind;
    this.keys = keys;
    this.node = node;
    this.process = process;
    this.begunNanos = begunNanos;
    this.heldBeforeNanos = heldBeforeNanos;
    this.begunMillis = begunMillis;
    this.begunInCalm = begunInCalm;
    if (kind.isWrite()) {
      keys.forEach(key -> writes.add(new Write(this, key)));
    }
  }

  boolean isAcknowledged() {
    return outcome == Outcome.OK;
  }

  @Override
  public String toString() {
    return "#" + number + " " + kind + " by n" + node;
  }
}
