package io.cartwheel.resp.server;

import io.cartwheel.resp.command.Services.ClientFilter;
import io.cartwheel.resp.command.Services.Clients;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** All sessions of this node, by their ids. Safe for use by all threads. */
final class SessionRegistry implements Clients {
  private final ConcurrentSkipListMap<Long, Session> sessions = new ConcurrentSkipListMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong lastId = new AtomicLong();

  long nextId() {
    return lastId.incrementAndGet();
  }

  /** Takes a place; false where there is none left. */
  boolean enter(int maxClients) {
    if (count.incrementAndGet() > maxClients) {
      count.decrementAndGet();
      return false;
    }
    return true;
  }

  void add(Session session) {
    sessions.put(session.client().id(), session);
  }

  /** Gives the place back. */
  void leave(Session session) {
    if (sessions.remove(session.client().id()) != null) {
      count.decrementAndGet();
    }
  }

  List<Session> all() {
    return List.copyOf(sessions.values());
  }

  @Override
  public int count() {
    return count.get();
  }

  @Override
  public List<String> infoLines(ClientFilter filter) {
    return sessions.values().stream()
        .filter(session -> matches(session, filter))
        .map(session -> session.client().infoLine())
        .toList();
  }

  @Override
  public int kill(ClientFilter filter) {
    List<Session> victims =
        sessions.values().stream().filter(session -> matches(session, filter)).toList();
    victims.forEach(Session::kill);
    return victims.size();
  }

  private static boolean matches(Session session, ClientFilter filter) {
    ClientState client = session.client();
    return client.id() != filter.skipId()
        && (filter.ids().isEmpty() || filter.ids().contains(client.id()))
        && (filter.address() == null || filter.address().equals(client.address))
        && (filter.localAddress() == null || filter.localAddress().equals(client.localAddress))
        && (filter.user() == null || filter.user().equals("default"))
        && (filter.type() == null || filter.type().equals("normal"))
        && client.ageSeconds(session.nowMillis()) >= filter.maxAgeSeconds();
  }
}
