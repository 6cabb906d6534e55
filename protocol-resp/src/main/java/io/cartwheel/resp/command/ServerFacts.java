package io.cartwheel.resp.command;

/**
 * What INFO says of the process.
 *
 * @param cartwheelVersion of this build
 * @param startMillis when it started, ms since 1970
 * @param respPort where clients connect
 * @param runId 40 hex digits drawn at the start
 * @param dataDirectory where the rows are
 * @param storageEngine its name
 * @param configFile the settings file or empty
 * @param loops number of shards
 */
public record ServerFacts(
    String cartwheelVersion,
    long startMillis,
    int respPort,
    String runId,
    String dataDirectory,
    String storageEngine,
    String configFile,
    int loops) {}
