package io.cartwheel.cluster.message;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Messages of every type there is, made from the components of their records. */
final class RandomMessages {
  private final SplittableRandom random;

  RandomMessages(SplittableRandom random) {
    this.random = random;
  }

  /** All records that are messages. */
  static List<Class<?>> types() {
    List<Class<?>> types = new ArrayList<>();
    collect(Message.class, types);
    return types;
  }

  private static void collect(Class<?> type, List<Class<?>> into) {
    if (type.isRecord()) {
      into.add(type);
    } else {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        collect(permitted, into);
      }
    }
  }

  Message message(Class<?> type) {
    return (Message) record(type);
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < values.length; i++) {
      types[i] = components[i].getType();
      values[i] = value(components[i].getGenericType(), components[i].getName());
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InstantiationException
        | IllegalAccessException
        | InvocationTargetException
        | NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private Object value(Type type, String name) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      List<Object> values = new ArrayList<>();
      int count = random.nextInt(4);
      for (int i = 0; i < count; i++) {
        values.add(value(list.getActualTypeArguments()[0], name));
      }
      return List.copyOf(values);
    }
    if (type == long.class || type == Long.class) {
      return name.equals("epoch")
          ? random.nextLong() >>> 1 >>> random.nextInt(60)
          : random.nextLong();
    } else if (type == int.class || type == Integer.class) {
      return random.nextInt(1 << 14);
    } else if (type == boolean.class) {
      return random.nextBoolean();
    } else if (type == byte[].class) {
      // A key that was not found is the only component that may be missing.
      return name.equals("key") && random.nextInt(8) == 0 ? bytes(0) : bytes(random.nextInt(300));
    } else if (type == Row.class) {
      return row();
    } else if (type == VersionVector.class) {
      return row().context();
    } else if (type == NodeName.class) {
      return name.equals("hintFor") && random.nextBoolean() ? null : name();
    } else if (type == RequestId.class) {
      return new RequestId(random.nextLong(), random.nextLong() >>> 1);
    } else if (type == PartitionTable.class) {
      return random.nextInt(4) == 0 ? null : table();
    } else if (type == PartitionTable.Entry.class) {
      return entry();
    } else if (type == Member.class) {
      return new Member(
          name(), random.nextLong(), "h:1", "h\u00e4:2", "", 1 + random.nextInt(1000));
    } else if (type instanceof Class<?> known && known.isEnum()) {
      Object[] constants = known.getEnumConstants();
      return constants[random.nextInt(constants.length)];
    } else if (type instanceof Class<?> known && known.isRecord()) {
      return record(known);
    }
    throw new AssertionError("teach this test to make a " + type);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private NodeName name() {
    return new NodeName("n" + random.nextInt(20));
  }

  private PartitionTable table() {
    List<PartitionTable.Entry> entries = new ArrayList<>();
    int count = 1 << random.nextInt(6);
    for (int i = 0; i < count; i++) {
      entries.add(entry());
    }
    return new PartitionTable(entries);
  }

  private PartitionTable.Entry entry() {
    return new PartitionTable.Entry(
        1 + (random.nextLong() >>> 2),
        name(),
        names(1 + random.nextInt(4)),
        names(1 + random.nextInt(4)));
  }

  private List<NodeName> names(int count) {
    Set<NodeName> names = new LinkedHashSet<>();
    while (names.size() < count) {
      names.add(name());
    }
    return List.copyOf(names);
  }

  private Row row() {
    Row row = Row.EMPTY;
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Sibling.Form form = (Sibling.Form) value(Sibling.Form.class, "form");
      row =
          row.with(
              new Sibling(
                  new Dot(random.nextLong(), 1 + random.nextInt(1000)),
                  random.nextLong() >>> 1,
                  random.nextBoolean() ? Sibling.NO_EXPIRY : 1 + random.nextInt(1000),
                  Sibling.STRING,
                  form,
                  form == Sibling.Form.VALUE ? bytes(random.nextInt(100)) : null,
                  new RequestId(random.nextLong(), random.nextLong() >>> 1),
                  random.nextBoolean()));
      if (random.nextInt(3) == 0) {
        row = row.discard(row.context());
      }
    }
    return row;
  }

  /** Whether two values are alike in all their parts, arrays by what they hold. */
  static boolean alike(Object a, Object b) {
    if (a == null || b == null || a.getClass() != b.getClass()) {
      return (a == null && b == null) || (a instanceof List && b instanceof List && lists(a, b));
    }
    if (a.getClass().isArray()) {
      return Array.getLength(a) == Array.getLength(b) && Arrays.equals((byte[]) a, (byte[]) b);
    }
    if (a instanceof List) {
      return lists(a, b);
    }
    if (!a.getClass().isRecord()) {
      return a.equals(b);
    }
    for (RecordComponent component : a.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        if (!alike(component.getAccessor().invoke(a), component.getAccessor().invoke(b))) {
          return false;
        }
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(e);
      }
    }
    return true;
  }

  private static boolean lists(Object a, Object b) {
    List<?> first = (List<?>) a;
    List<?> second = (List<?>) b;
    if (first.size() != second.size()) {
      return false;
    }
    for (int i = 0; i < first.size(); i++) {
      if (!alike(first.get(i), second.get(i))) {
        return false;
      }
    }
    return true;
  }
}
