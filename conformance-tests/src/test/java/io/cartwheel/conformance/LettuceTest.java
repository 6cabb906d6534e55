package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.GetExArgs;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Lettuce, with RESP3 as it connects by default. */
@ExtendWith(SharedCluster.class)
@Timeout(60)
class LettuceTest {
  private RedisClient client;
  private StatefulRedisConnection<String, String> connection;
  private RedisCommands<String, String> redis;

  @BeforeEach
  void connect(TestCluster cluster) {
    client = RedisClient.create(RedisURI.create("127.0.0.1", cluster.node(0).port()));
    connection = client.connect();
    redis = connection.sync();
  }

  @AfterEach
  void disconnect() {
    client.shutdown(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void strings_andKeysWorkAsWithRedis() {
    assertEquals("OK", redis.set("lettuce:a", "1"));
    assertEquals(2, redis.incr("lettuce:a"));
    assertEquals(1.5, redis.incrbyfloat("lettuce:f", 1.5));
    assertEquals("2", redis.setGet("lettuce:a", "x"));
    assertEquals(null, redis.set("lettuce:a", "y", SetArgs.Builder.nx()));
    assertEquals("OK", redis.set("lettuce:a", "z", SetArgs.Builder.xx().ex(100)));
    assertTrue(redis.ttl("lettuce:a") > 90);
    assertEquals("z", redis.getex("lettuce:a", GetExArgs.Builder.persist()));
    assertEquals(-1, redis.ttl("lettuce:a"));
    assertEquals(null, redis.get("lettuce:none"));
    assertEquals("OK", redis.mset(Map.of("lettuce:m1", "1", "lettuce:m2", "2")));
    assertEquals(
        List.of("1", "2"),
        redis.mget("lettuce:m1", "lettuce:m2").stream().map(kv -> kv.getValue()).toList());
    assertEquals(2, redis.exists("lettuce:m1", "lettuce:m2", "lettuce:none"));
    assertEquals("string", redis.type("lettuce:a"));
    assertEquals(3, redis.append("lettuce:a", "zz"));
    assertEquals("zz", redis.getrange("lettuce:a", 1, 2));
    assertEquals("zzz", redis.getdel("lettuce:a"));
    assertTrue(redis.pexpire("lettuce:m1", 100_000));
    assertEquals(2, redis.del("lettuce:m1", "lettuce:m2"));
    RedisCommandExecutionException wrong =
        assertThrows(RedisCommandExecutionException.class, () -> redis.incrby("lettuce:f", 1));
    assertEquals("ERR value is not an integer or out of range", wrong.getMessage());
    assertTrue(redis.info("server").contains("redis_version:7.2.0"));
    assertTrue(redis.clientList().contains("lib-name=Lettuce"));
  }

  @Test
  void scan_seesEveryKeyOnce() {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 500; i++) {
      redis.set("lettuce:scan:" + i, "v");
      expected.add("lettuce:scan:" + i);
    }
    List<String> seen = new ArrayList<>();
    KeyScanCursor<String> cursor = null;
    while (cursor == null || !cursor.isFinished()) {
      ScanArgs args = ScanArgs.Builder.matches("lettuce:scan:*").limit(37);
      cursor =
          cursor == null ? redis.scan(args) : redis.scan(ScanCursor.of(cursor.getCursor()), args);
      seen.addAll(cursor.getKeys());
    }
    assertEquals(expected.size(), seen.size(), "a key was seen twice, or not at all");
    assertEquals(expected, new TreeSet<>(seen));
  }

  @Test
  void pipelineOfThousand_isAnsweredInOrder() throws Exception {
    connection.setAutoFlushCommands(false);
    RedisAsyncCommands<String, String> async = connection.async();
    List<RedisFuture<?>> futures = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      futures.add(async.set("lettuce:p" + i % 100, "v" + i));
      futures.add(async.get("lettuce:p" + i % 100));
    }
    connection.flushCommands();
    for (int i = 0; i < 500; i++) {
      assertEquals("OK", futures.get(2 * i).get(30, TimeUnit.SECONDS));
      assertEquals("v" + i, futures.get(2 * i + 1).get(30, TimeUnit.SECONDS));
    }
    connection.setAutoFlushCommands(true);
  }

  @Test
  void bytes_areKept() {
    byte[] key = new byte[256];
    byte[] value = new byte[1 << 20];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
      key[i & 255] = (byte) i;
    }
    try (StatefulRedisConnection<byte[], byte[]> bytes = client.connect(ByteArrayCodec.INSTANCE)) {
      assertEquals("OK", bytes.sync().set(key, value));
      assertArrayEquals(value, bytes.sync().get(key));
      assertEquals(1, bytes.sync().del(key));
    }
  }

  @Test
  void siblings_areReachedWithACustomCommand() {
    String token = (String) values("lettuce:cart").get(0);
    assertEquals("OK", setWith("lettuce:cart", "a", token));
    assertEquals("OK", setWith("lettuce:cart", "b", token));
    List<Object> values = values("lettuce:cart");
    assertEquals(3, values.size());
    assertEquals("OK", setWith("lettuce:cart", "a,b", (String) values.get(0)));
    assertEquals("a,b", redis.get("lettuce:cart"));
  }

  private List<Object> values(String key) {
    return redis.dispatch(
        CommandType.GET,
        new ArrayOutput<>(StringCodec.UTF8),
        new CommandArgs<>(StringCodec.UTF8).addKey(key).add("CONTEXT"));
  }

  private String setWith(String key, String value, String token) {
    return redis.dispatch(
        CommandType.SET,
        new io.lettuce.core.output.StatusOutput<>(StringCodec.UTF8),
        new CommandArgs<>(StringCodec.UTF8)
            .addKey(key)
            .addValue(value)
            .add("CONTEXT")
            .add(token.getBytes(UTF_8)));
  }
}
