package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.replica.RowProbe;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.Table;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One seed from beginning to end: formation, safety under faults, healing, liveness. */
final class Run implements Disks {
  /** Nobody wants to know. */
  static final Consumer<String> SILENT = line -> {};

  private static final long LIMIT_MILLIS = 120_000;
  private static final long STEP_MILLIS = 50;

  /** About ten times what is usual. */
  private static final long RUNAWAY_EVENTS = 500_000;

  private static final long RUNAWAY_EVENTS_PER_STEP = 2_000;

  /** After healing: connections, hints of lateness and all requests of before are over. */
  private static final long SETTLE_MILLIS = 3_000;

  private final Plan plan;
  private final Convergence convergence;
  private final Consumer<String> log;
  private final SimulatedTime time;
  private final VirtualNetwork network;
  private final Fault.Counts counts = new Fault.Counts();
  private final List<Machine> machines = new ArrayList<>();
  private final Calm calm;
  private final Oracle oracle;
  private final FaultInjector faults;
  private final Requests requests;
  private final Workload workload;

  /** Null until some node has it. */
  private PartitionTable table;

  /** By key; they do not change. */
  private final Map<String, List<Integer>> owners = new HashMap<>();

  /** Row keys of the clients' keys, as disks have them. */
  private final Map<String, byte[]> rowKeys = new HashMap<>();

  private Run(Plan plan, Convergence convergence, Consumer<String> log) {
    this.plan = plan;
    this.convergence = convergence;
    this.time = new SimulatedTime(plan.seed());
    time.setRunawayEvents(RUNAWAY_EVENTS + plan.steps() * RUNAWAY_EVENTS_PER_STEP);
    boolean silent = log == SILENT;
    this.log =
        silent
            ? SILENT
            : line -> log.accept(String.format("%9.3f %s", time.monotonicNanos() / 1e9, line));
    this.network = new VirtualNetwork(time, this::throughCodec);
    this.calm = new Calm(time, this::allSeeEachOther);
    this.oracle = new Oracle(time, plan, this, calm, counts, this.log);
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < plan.nodes(); i++) {
      seeds.add(Machine.address(i));
    }
    for (int i = 0; i < plan.nodes(); i++) {
      machines.add(machine(i, seeds));
    }
    SplittableRandom asking = time.newRandom();
    this.requests = new Requests(plan, time, asking, machines, oracle, calm, counts, this.log);
    this.workload = new Workload(plan, time, asking, machines, oracle, requests);
    this.faults =
        new FaultInjector(
            plan,
            time,
            network,
            machines,
            calm,
            counts,
            new Ambush(plan, time, machines, oracle, calm, workload, requests, asking),
            this.log);
  }

  private Machine machine(int index, List<String> seeds) {
    SimulatedDisk disk =
        new SimulatedDisk(
            time,
            new SimulatedDisk.Observer() {
              @Override
              public void onBatch() {
                oracle.onBatch(index);
              }

              @Override
              public void onWrite(Table table, byte[] key, byte[] before, byte[] after) {
                Run.this.onWrite(index, table, key, before, after);
              }
            },
            counts);
    return new Machine(
        index,
        seeds,
        disk,
        new Machine.Surroundings(
            plan, time, network, oracle, () -> faults.onDiskFailed(machines.get(index)), counts));
  }

  /**
   * Runs a seed.
   *
   * @param log told what happens, line by line
   */
  static Report of(Plan plan, Consumer<String> log) {
    Run run = new Run(plan, Convergence.BY_ITSELF, log);
    String failure = null;
    try {
      run.run();
    } catch (Violation violation) {
      failure = run.at() + violation.getMessage();
    } catch (RuntimeException | AssertionError | StackOverflowError broken) {
      failure = run.at() + "a loop broke: " + firstLines(broken);
    }
    long acknowledged =
        run.oracle.history().requests.stream().filter(Request::isAcknowledged).count();
    return new Report(
        plan,
        run.counts,
        run.oracle.excuses(),
        run.oracle.history().requests.size(),
        acknowledged,
        MachineClock.millis(run.time.monotonicNanos()),
        run.time.trace(),
        failure);
  }

  private String at() {
    return String.format("at %.3f s: ", time.monotonicNanos() / 1e9);
  }

  private static String firstLines(Throwable broken) {
    StringWriter text = new StringWriter();
    broken.printStackTrace(new PrintWriter(text));
    return text.toString().lines().limit(12).reduce("", (a, b) -> a + "\n    " + b.strip());
  }

  private void run() {
    Remains remains = new Remains(this);
    faults.skewClocks();
    machines.forEach(Machine::start);
    await(this::allSeeEachOther, "formation");
    workload.begin(plan.steps());
    faults.begin();
    if (!time.runUntil(workload::isDone, LIMIT_MILLIS)) {
      throw new Violation("clients wait for ever");
    }
    faults.end();
    await(() -> machines.stream().allMatch(Machine::takesRequests), "restart of all");
    await(this::allSeeEachOther, "connections between all after healing");
    settle();
    log.accept("safety is judged");
    oracle.checkNothingIsLost(nowMillis());
    remains.checkNothingIsLeft();
    if (!nothingIsWrong()) {
      throw new Violation("nodes lose sight of each other, though nothing is wrong: " + views());
    }
    writeOnceMore();
    settle();
    // What nodes keep for others reaches them, and is let go.
    awaitInSteps(() -> remains.heldForOthers() == null, remains::heldForOthers);
    convergence.demand(this);
    oracle.checkNothingIsLost(nowMillis());
    machines.forEach(machine -> AllKeysScan.check(this, machine));
    remains.checkNothingIsLeft();
    if (plan.reaps()) {
      awaitInSteps(
          () -> remains.deadRow() == null, () -> "no end of the dead rows: " + remains.deadRow());
      oracle.checkNothingIsLost(nowMillis());
    }
  }

  /** Until what was lost has been waited for in vain, too. */
  private void settle() {
    time.advanceMillis(SETTLE_MILLIS);
    time.runUntil(
        () -> machines.stream().allMatch(machine -> machine.leftovers() == null), LIMIT_MILLIS);
  }

  /** Once all is well, every key can be written, and every write sees what was there. */
  private void writeOnceMore() {
    workload.begin(plan.steps() / 8);
    await(workload::isDone, "end of the requests after healing");
    for (Request request : oracle.history().requests) {
      if (request.begunInCalm
          && request.outcome == Request.Outcome.PENDING
          && machines.get(request.node).process() == request.process) {
        throw new Violation(request + " " + request.keys + " is never answered");
      }
    }
  }

  // What the phases and their policies are made of.

  Plan plan() {
    return plan;
  }

  Oracle oracle() {
    return oracle;
  }

  Requests requests() {
    return requests;
  }

  List<Machine> machines() {
    return machines;
  }

  void advanceMillis(long millis) {
    time.advanceMillis(millis);
  }

  void await(BooleanSupplier condition, String what) {
    if (!time.runUntil(condition, LIMIT_MILLIS)) {
      throw new Violation("no " + what + ": " + views());
    }
  }

  /** For what takes long to look at. */
  private void awaitInSteps(BooleanSupplier condition, Supplier<String> otherwise) {
    for (long waited = 0; !condition.getAsBoolean(); waited += STEP_MILLIS) {
      if (waited >= LIMIT_MILLIS) {
        throw new Violation(otherwise.get());
      }
      time.advanceMillis(STEP_MILLIS);
    }
  }

  @Override
  public long nowMillis() {
    return machines.stream()
        .filter(Machine::isRunning)
        .mapToLong(machine -> machine.node.coordinator().nowMillis())
        .max()
        .orElse(0);
  }

  @Override
  public List<Integer> ownersOf(String key) {
    List<Integer> known = owners.get(key);
    if (known == null) {
      known = findOwners(key);
      owners.put(key, known);
    }
    return known;
  }

  private List<Integer> findOwners(String key) {
    Key placed = new Key(History.bytes(key));
    int n = oracle.history().keyspaceOf(key).n();
    PartitionTable now = table();
    return now.entry(now.partitionOf(placed)).committed().stream()
        .limit(n)
        .map(Run::number)
        .toList();
  }

  private static int number(NodeName name) {
    return Integer.parseInt(name.value().substring(1));
  }

  /** The table, which does not change once it is there; of some node that has it. */
  private PartitionTable table() {
    for (Machine machine : machines) {
      if (table == null && machine.isRunning()) {
        table = machine.node.ring().table();
      }
    }
    return table;
  }

  /** Whether all run, see each other, and no fault has been at work for a while. */
  private boolean nothingIsWrong() {
    return faults.isLull() && allSeeEachOther();
  }

  private boolean allSeeEachOther() {
    for (Machine machine : machines) {
      if (!machine.takesRequests()
          || machine.node.ring().table() == null
          || machine.node.ring().members().size() < machines.size()
          || !machine.node.ring().members().stream().allMatch(RingView.Peer::reachable)) {
        return false;
      }
    }
    return true;
  }

  private String views() {
    StringBuilder text = new StringBuilder();
    for (Machine machine : machines) {
      text.append(text.length() == 0 ? "" : "; ").append(machine);
      if (machine.isRunning()) {
        RingView ring = machine.node.ring();
        text.append(ring.table() == null ? " has no table, " + ring.notReadyReason() : " sees")
            .append(
                ring.members().stream()
                    .filter(RingView.Peer::reachable)
                    .map(peer -> peer.member().name())
                    .toList());
      } else {
        text.append(" does not run");
      }
    }
    return text.toString();
  }

  private Message throughCodec(Message message) {
    ByteWriter out = new ByteWriter();
    MessageCodec.write(out, message);
    byte[] bytes = out.toByteArray();
    time.note(Arrays.hashCode(bytes));
    ByteReader in = new ByteReader(bytes);
    Message read = MessageCodec.read(in);
    in.expectEnd();
    if (log != SILENT && !(read instanceof Message.Heartbeat)) {
      log.accept("    " + read);
    }
    return read;
  }

  private void onWrite(int node, Table table, byte[] rowKey, byte[] before, byte[] after) {
    if (table.equals(RowProbe.HINTS)) {
      boolean isMade = before == null && after != null;
      boolean isDropped = before != null && after == null;
      if (isMade || isDropped) {
        counts.add(isMade ? Fault.HINTED : Fault.HANDED_ON);
      }
      if (isDropped) {
        oracle.onHintDropped(
            node,
            History.text(RowProbe.hintKey(rowKey)),
            number(RowProbe.hintTarget(rowKey)),
            nowMillis() - RowProbe.hintMadeMillis(before));
      }
    }
    if (!table.equals(RowProbe.ROWS)) {
      return;
    }
    String key = History.text(RowProbe.key(rowKey));
    rowKeys.putIfAbsent(key, rowKey);
    Row row = RowProbe.row(after).row();
    if (log != SILENT) {
      log.accept("n" + node + " stores " + key + " " + row.context() + " " + row.siblings());
    }
    table(); // Whoever stores has one; when rows are lost, nobody may run who could tell it.
    oracle.onStored(node, key, RowProbe.row(before).row(), row);
  }

  @Override
  public int nodes() {
    return plan.nodes();
  }

  @Override
  public Row row(int node, String key) {
    byte[] rowKey = rowKeys.get(key);
    return rowKey == null
        ? Row.EMPTY
        : RowProbe.row(machines.get(node).disk.row(RowProbe.ROWS, rowKey)).row();
  }

  @Override
  public Row syncedRow(int node, String key) {
    byte[] rowKey = rowKeys.get(key);
    return rowKey == null
        ? Row.EMPTY
        : RowProbe.row(machines.get(node).disk.syncedRow(RowProbe.ROWS, rowKey)).row();
  }
}
