/**
 * What every storage engine promises, as tests; published in this module's test jar.
 *
 * <p>The author of an engine depends on that jar, registers a {@link
 * io.cartwheel.storage.StorageEngineProvider} for {@link java.util.ServiceLoader}, and writes one
 * class:
 *
 * <pre>{@code
 * class MyEngineTest extends StorageEngineContract {
 *   protected String engineName() { return "mine"; }
 *   protected void damage(Path directory) { ... }
 * }
 * }</pre>
 *
 * <p>An engine that keeps nothing after a close says so in {@code isDurable}, and is asked the
 * rest. Engines get their directory from {@link io.cartwheel.storage.DataDirectory}, which does
 * most of the refusing.
 *
 * <p>Start with {@link io.cartwheel.storage.contract.StorageEngineContract}. Its parts are {@link
 * io.cartwheel.storage.contract.TableContract} (what tables hold and show) and {@link
 * io.cartwheel.storage.contract.LifecycleContract} (closing, killing, copying).
 */
package io.cartwheel.storage.contract;
