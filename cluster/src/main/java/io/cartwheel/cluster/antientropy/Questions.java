package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * What one shard has asked its peers and awaits, by id. Ids begin at random at every start of the
 * process: an answer to the process before finds nothing here, nor does a coordinator's.
 */
final class Questions {
  /** Leaves 40 random bits for the first, far from the end of a long. */
  private static final int FIRST_SHIFT = 24;

  private record Question(NodeName to, Consumer<Message.Reply> answer) {}

  private final Map<Long, Question> open = new HashMap<>();
  private final RepairPorts ports;
  private long sequence;

  Questions(RepairPorts ports) {
    this.ports = ports;
    this.sequence = ports.random().nextLong() >>> FIRST_SHIFT;
  }

  /**
   * Asks.
   *
   * @return the question's id; 0 where it certainly does not leave, and nobody answers
   */
  long ask(NodeName peer, LongFunction<Message> question, Consumer<Message.Reply> answer) {
    long id = ++sequence << Message.SHARD_BITS | ports.shard();
    if (!ports.send(peer, question.apply(id))) {
      return 0;
    }
    open.put(id, new Question(peer, answer));
    return id;
  }

  /** Its answer is not wanted any more. */
  void close(long id) {
    open.remove(id);
  }

  /** Returns false where the answer is to nothing that was asked here. */
  boolean onReply(NodeName from, Message.Reply reply) {
    Question question = open.get(reply.id());
    if (question == null || !question.to.equals(from)) {
      return false;
    }
    open.remove(reply.id());
    question.answer.accept(reply);
    return true;
  }

  int size() {
    return open.size();
  }
}
