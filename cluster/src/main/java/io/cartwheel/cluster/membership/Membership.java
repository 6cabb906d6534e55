package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message.AskTable;
import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.TellTable;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.transport.Network;
import io.cartwheel.cluster.transport.Transport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is there and who is alive, as one node sees it: takes the transport's events and the peers'
 * words to {@link Members}, {@link Formation} and {@link Reachability}, writes down what they
 * decide, and tells the node and the peers. All on the control loop, but where a method says
 * otherwise.
 */
public final class Membership {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final String MEMORY_NAME = "ring";

  /**
   * What membership is told at the start.
   *
   * @param seeds {@code host:port} of all members, with or without this node
   * @param firstTable of members in order of their names; the same function on all nodes
   */
  public record Settings(
      List<String> seeds,
      int partitions,
      Function<List<Member>, PartitionTable> firstTable,
      int heartbeatIntervalMillis,
      int heartbeatTimeoutMillis) {}

  /** Told of changes, after the view has changed. */
  public interface Listener {
    /** The members or the table are others now. */
    void onRing(MembershipView view);

    /** A peer can be reached, or cannot any more. */
    void onReachability(NodeName peer, boolean reachable);

    /** The peer has found this node unreachable, and sees it again: it may have done without it. */
    void onHadUsDown(NodeName peer);
  }

  private final Settings settings;
  private final Memory memory;
  private final EventLoop loop;
  private final Clock clock;
  private final Members members;
  private final Formation formation;
  private final Reachability reachability;
  private final List<String> addresses = new ArrayList<>();
  private volatile MembershipView view;
  private final Tidings tidings = new Tidings();
  private Network.Links links;
  private Listener listener;
  private HeldForOthers held;
  private String loggedReason;
  private String reasonAtLastTick;
  private final SortedSet<NodeName> loggedStrangers = new TreeSet<>();

  /**
   * @param memory of a directory whose ring has as many partitions as the settings say
   * @throws StartRefusedException where a later version has written the memory
   */
  public Membership(Settings settings, Member self, Memory memory, EventLoop loop, Clock clock) {
    this.settings = settings;
    this.memory = memory;
    this.loop = loop;
    this.clock = clock;
    this.formation =
        new Formation(self, settings.seeds(), settings.partitions(), settings.firstTable());
    this.reachability =
        new Reachability(
            settings.heartbeatIntervalMillis() * 1_000_000L,
            settings.heartbeatTimeoutMillis() * 1_000_000L);
    addresses.addAll(settings.seeds());
    byte[] remembered = memory.get(MEMORY_NAME);
    if (remembered == null) {
      this.members = new Members(self, List.of());
    } else {
      Recollection recollection = Recollection.decode(remembered);
      formation.recall(recollection);
      this.members = new Members(self, recollection.members());
      closeRing();
      addUnmetAddresses(recollection);
      warnOfOtherSeeds(recollection);
    }
    this.view = newView();
  }

  /** Members that no configured seed leads to are dialled where they were last. */
  private void addUnmetAddresses(Recollection recollection) {
    for (Member member : recollection.members()) {
      boolean isSelf = member.name().equals(members.self().name());
      boolean hasSeed =
          recollection.answeredBy().entrySet().stream()
              .anyMatch(
                  answer ->
                      answer.getValue().equals(member.name())
                          && settings.seeds().contains(answer.getKey()));
      if (!isSelf && !hasSeed && !addresses.contains(member.peerAddress())) {
        addresses.add(member.peerAddress());
      }
    }
  }

  private void warnOfOtherSeeds(Recollection recollection) {
    SortedSet<String> added = new TreeSet<>(settings.seeds());
    added.removeAll(recollection.seeds());
    SortedSet<String> removed = new TreeSet<>(recollection.seeds());
    removed.removeAll(settings.seeds());
    added.remove(members.self().peerAddress());
    removed.remove(members.self().peerAddress());
    if (!added.isEmpty() || !removed.isEmpty()) {
      log.warn(
          "cluster.seeds differ from those the ring was formed of (new: {}; missing: {}); "
              + "the ring stays as it is: {}",
          added.isEmpty() ? "none" : String.join(", ", added),
          removed.isEmpty() ? "none" : String.join(", ", removed),
          names(recollection.members()));
    }
  }

  /**
   * Dials the peers and begins to tick.
   *
   * @param links of this node, on which nothing has been dialled
   * @param held what the heartbeats tell
   */
  public void start(Network.Links links, Listener listener, HeldForOthers held) {
    this.links = links;
    this.listener = listener;
    this.held = held;
    if (formation.table() == null) {
      formIfPossible();
    } else {
      listener.onRing(view);
    }
    for (String address : addresses) {
      links.dial(address);
    }
    tick();
  }

  /** What is known now; from any thread. */
  public MembershipView view() {
    return view;
  }

  /** Why this peer may not connect, in one line, or null; from any thread. */
  public String refuse(Member peer) {
    return members.refuse(peer);
  }

  /** As {@link io.cartwheel.cluster.transport.Transport.Listener#onAnswered}. */
  public void onAnswered(String address, Member who) {
    if (formation.onAnswered(address, who)) {
      remember();
    }
    formIfPossible();
  }

  /** As {@link io.cartwheel.cluster.transport.Transport.Listener#onConnected}. */
  public void onConnected(Member peer) {
    Member before = members.find(peer.name());
    Members.Arrival arrival = members.onConnected(peer);
    if (arrival == Members.Arrival.LOST_DISK) {
      log.warn(
          "node {} has come back with another data directory ({}, before {}): its disk was lost",
          peer.name(),
          Long.toHexString(peer.dataId()),
          Long.toHexString(before.dataId()));
      tidings.forget(peer.name());
    }
    boolean changed = formation.onConnected(peer);
    if (changed) {
      remember();
      publishRing();
    }
    links.send(Transport.CONTROL, peer.name(), tellTable());
    announce(reachability.onConnected(peer.name(), clock.monotonicNanos()));
    formIfPossible();
  }

  /** As {@link io.cartwheel.cluster.transport.Transport.Listener#onDisconnected}. */
  public void onDisconnected(NodeName peer) {
    formation.onDisconnected(peer);
    members.onGone(peer);
    announce(reachability.onDisconnected(peer));
    formIfPossible();
  }

  /** Something has arrived from a peer; from any thread. */
  public void onHeard(NodeName peer) {
    if (!view.reachable().contains(peer)) {
      loop.execute(() -> announce(reachability.onHeard(peer, clock.monotonicNanos())));
    }
  }

  /** A heartbeat of a peer has come. */
  public void onHeartbeat(Heartbeat heartbeat) {
    if (tidings.onHeartbeat(heartbeat)) {
      listener.onHadUsDown(heartbeat.from());
    }
  }

  /** What the peers' heartbeats have told; to be read from any thread. */
  public Tidings tidings() {
    return tidings;
  }

  /** A peer asks for the table. */
  public void onAskTable(NodeName from) {
    links.send(Transport.CONTROL, from, tellTable());
  }

  /** A peer tells its table. */
  public void onTellTable(NodeName from, TellTable told) {
    act(from, formation.onTold(from, told.members(), told.table()));
    formIfPossible();
  }

  /** A peer's refusal told a later entry; from any thread. */
  public void onEntry(NodeName from, int partition, PartitionTable.Entry entry) {
    loop.execute(() -> act(from, formation.onEntry(partition, entry)));
  }

  /** A peer knows more than this node; from any thread. */
  public void ask(NodeName peer) {
    loop.execute(
        () -> {
          if (links != null) {
            links.send(Transport.CONTROL, peer, new AskTable());
          }
        });
  }

  private void act(NodeName from, Formation.Told told) {
    switch (told) {
      case NOTHING -> {}
      case RING_CHANGED -> onRingChanged();
      case OTHER_RING -> {
        if (loggedStrangers.add(from)) {
          log.error(
              "node {} belongs to a ring of other members; nothing is taken from it: compare"
                  + " cluster.seeds of both nodes",
              from);
        }
        publish();
      }
    }
  }

  private void formIfPossible() {
    if (formation.form()) {
      log.info(
          "all seeds have met: first table of {} partitions over {}",
          settings.partitions(),
          names(formation.members()));
      onRingChanged();
    } else if (formation.table() == null) {
      publish();
    }
  }

  private void onRingChanged() {
    remember();
    closeRing();
    publishRing();
    TellTable tell = tellTable();
    for (NodeName peer : reachability.connected()) {
      links.send(Transport.CONTROL, peer, tell);
    }
  }

  private void closeRing() {
    members.closeRing(formation.members().stream().map(Member::name).toList());
  }

  /** On the disk before it is used. */
  private void remember() {
    memory.put(MEMORY_NAME, formation.recollection().encode());
  }

  private void publishRing() {
    publish();
    listener.onRing(view);
  }

  private void publish() {
    view = newView();
  }

  private MembershipView newView() {
    List<Member> all = List.copyOf(formation.members());
    return new MembershipView(
        // The same object while nobody has changed: whoever has computed from it sees that.
        view != null && view.members().equals(all) ? view.members() : all,
        formation.table(),
        formation.notReadyReason(),
        Collections.unmodifiableSortedSet(reachability.reachable()));
  }

  private TellTable tellTable() {
    return new TellTable(formation.members(), formation.table());
  }

  private void tick() {
    long now = clock.monotonicNanos();
    SortedSet<NodeName> connected = reachability.connected();
    NodeName self = members.self().name();
    byte[] handingOn = held.handingOn();
    for (NodeName peer : connected) {
      links.send(
          Transport.CONTROL,
          peer,
          new Heartbeat(self, reachability.losses(peer), held.hintsFor(peer), handingOn));
      long silentNanos = links.silentNanos(peer);
      if (silentNanos != Long.MAX_VALUE) {
        reachability.onSign(peer, now - silentNanos);
      }
    }
    announce(reachability.onTick(now));
    for (NodeName peer : reachability.deaf(now)) {
      links.disconnect(peer, "silent");
    }
    for (NodeName peer : formation.silentPeers()) {
      links.send(Transport.CONTROL, peer, new AskTable());
    }
    logReason();
    loop.schedule(settings.heartbeatIntervalMillis(), this::tick);
  }

  private void announce(List<Reachability.Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    publish();
    for (Reachability.Change change : changes) {
      if (change.reachable()) {
        members.onBack(change.peer());
      } else {
        members.onGone(change.peer());
      }
      log(change);
      listener.onReachability(change.peer(), change.reachable());
    }
  }

  /** The transport has a line for each connection that comes and goes. */
  private static void log(Reachability.Change change) {
    if (change.byConnection()) {
      log.debug("node {} is reachable: {}", change.peer(), change.reachable());
    } else if (change.reachable()) {
      log.info("node {} is reachable: heard of again", change.peer());
    } else {
      log.warn("node {} is unreachable: silent, though connected", change.peer());
    }
  }

  /** Logs why this node does not serve, once that has not changed between two ticks. */
  private void logReason() {
    String reason = view.notReadyReason();
    if (reason != null && reason.equals(reasonAtLastTick) && !reason.equals(loggedReason)) {
      log.info("not serving yet: {}", reason);
      loggedReason = reason;
    }
    reasonAtLastTick = reason;
  }

  private static String names(List<Member> members) {
    return String.join(", ", members.stream().map(m -> m.name().value()).toList());
  }
}
