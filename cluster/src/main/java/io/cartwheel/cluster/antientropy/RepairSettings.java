package io.cartwheel.cluster.antientropy;

/**
 * How a node exchanges.
 *
 * @param intervalMillis between two comparisons with a peer while nothing happens
 * @param silenceMillis an exchange that comes no further for so long ends
 * @param maxRowAgeMillis a row that a peer read longer ago is not taken
 */
public record RepairSettings(int intervalMillis, int silenceMillis, long maxRowAgeMillis) {}
