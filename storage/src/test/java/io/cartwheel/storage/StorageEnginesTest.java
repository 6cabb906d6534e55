package io.cartwheel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorageEnginesTest {
  @Test
  void anUnknownEngineIsRefusedWithTheNamesOfTheKnown() {
    StorageException refusal =
        assertThrows(
            StorageException.class,
            () -> StorageEngines.open("papyrus", Path.of("unused"), List.of(), Map.of()));
    assertEquals(
        "storage.engine = 'papyrus': no such engine; one of [memory, rocksdb]",
        refusal.getMessage());
  }
}
