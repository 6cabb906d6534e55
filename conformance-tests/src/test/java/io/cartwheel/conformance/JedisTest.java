package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/** Jedis, one connection and a pool, with both protocols. */
@ExtendWith(SharedCluster.class)
@Timeout(60)
class JedisTest {
  @ParameterizedTest
  @EnumSource(
      value = RedisProtocol.class,
      names = {"RESP2", "RESP3"})
  void strings_andKeysWorkAsWithRedis(RedisProtocol protocol, TestCluster cluster) {
    String k = "jedis:" + protocol + ":";
    try (Jedis jedis =
        new Jedis(
            new HostAndPort("127.0.0.1", cluster.node(1).port()),
            DefaultJedisClientConfig.builder().protocol(protocol).clientName("probe").build())) {
      assertEquals("OK", jedis.set(k + "a", "1"));
      assertEquals(11, jedis.incrBy(k + "a", 10));
      assertEquals("11", jedis.setGet(k + "a", "x"));
      assertEquals(null, jedis.set(k + "a", "y", SetParams.setParams().nx()));
      assertEquals("OK", jedis.set(k + "a", "y", SetParams.setParams().px(100_000)));
      assertTrue(jedis.pttl(k + "a") > 90_000);
      assertEquals(null, jedis.get(k + "none"));
      assertEquals("OK", jedis.mset(k + "m1", "1", k + "m2", "2"));
      assertEquals(List.of("1", "2"), jedis.mget(k + "m1", k + "m2"));
      assertEquals("probe", jedis.clientGetname());
      assertTrue(jedis.clientList().contains("lib-name=jedis"), jedis.clientList());
      assertEquals("PONG", jedis.ping());
      assertEquals(2, jedis.configGet("maxmemory*").size());
      assertEquals(12182, jedis.clusterKeySlot("foo"));
      assertThrows(JedisDataException.class, () -> jedis.incr(k + "a"));
      byte[] value = new byte[] {0, -1, 13, 10};
      jedis.set((k + "b").getBytes(US_ASCII), value);
      assertArrayEquals(value, jedis.get((k + "b").getBytes(US_ASCII)));
      List<Object> siblings = new ArrayList<>((List<?>) context(jedis, k + "c"));
      byte[] token = (byte[]) siblings.get(0);
      for (String v : List.of("v1", "v2")) {
        jedis.sendCommand(
            Protocol.Command.SET,
            (k + "c").getBytes(US_ASCII),
            v.getBytes(US_ASCII),
            "CONTEXT".getBytes(US_ASCII),
            token);
      }
      assertEquals(3, ((List<?>) context(jedis, k + "c")).size());
    }
  }

  @Test
  void pipelineOfThousand_isAnsweredInOrder(TestCluster cluster) {
    try (Jedis jedis = new Jedis("127.0.0.1", cluster.node(2).port())) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> counts = new ArrayList<>();
      List<Response<String>> values = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        counts.add(pipeline.incr("jedis:p"));
        values.add(pipeline.get("jedis:p"));
      }
      pipeline.sync();
      for (int i = 0; i < 500; i++) {
        assertEquals(i + 1, counts.get(i).get());
        assertEquals(Integer.toString(i + 1), values.get(i).get());
      }
    }
  }

  @Test
  void pool_servesManyThreads(TestCluster cluster) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (RedisClient pooled = RedisClient.create("127.0.0.1", cluster.node(0).port())) {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        int thread = t;
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    pooled.set("jedis:t" + thread, "v" + i);
                    assertEquals("v" + i, pooled.get("jedis:t" + thread));
                    pooled.incr("jedis:threads");
                  }
                }));
      }
      for (Future<?> one : done) {
        one.get(60, TimeUnit.SECONDS);
      }
      assertEquals("800", pooled.get("jedis:threads"));
    } finally {
      threads.shutdownNow();
    }
  }

  private static Object context(Jedis jedis, String key) {
    return jedis.sendCommand(Protocol.Command.GET, key, "CONTEXT");
  }
}
